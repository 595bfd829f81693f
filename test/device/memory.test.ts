import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  type NodeDevice,
  type NodeDeviceOptions,
  openNodeDevice,
} from "../../src/device/node-device.js";
import { showBytes } from "../../src/device/units.js";
import { DeviceError, DeviceLostError, OutOfMemoryError } from "../../src/errors.js";
import { add, mul } from "../../src/ops/binary.js";
import { ones, tensor, write, zeros } from "../../src/tensor/create.js";
import { Tensor } from "../../src/tensor/tensor.js";

const opened: NodeDevice[] = [];
afterEach(() => {
  for (const { close } of opened.splice(0)) close();
});

async function open(options?: NodeDeviceOptions) {
  const made = await openNodeDevice(options);
  opened.push(made);
  return made.device;
}

/** The adapter's name differs from machine to machine. */
function thrownBy(device: { readonly name: string }, run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return String(error).replace(device.name, "ADAPTER");
  }
  return "nothing was thrown";
}

async function rejection(device: { readonly name: string }, promise: Promise<unknown>) {
  const error = await promise.then(
    () => "nothing was thrown",
    (reason: unknown) => reason,
  );
  return { error, message: String(error).replace(device.name, "ADAPTER") };
}

describe("a step's memory", () => {
  test("resetPeak lets the peak begin from what is live", async () => {
    const device = await open();
    using _scope = device.scope();
    const x = zeros(device, [256]);
    for (const n of [1, 3]) {
      device.resetPeak();
      using _step = device.scope();
      for (let i = 0; i < n; i++) add(x, x);
      expect(device.stats.peakBytes).toBe((1 + n) * 1024);
    }
    expect(device.stats).toMatchObject({ liveBuffers: 1, liveBytes: 1024, pooledBytes: 3072 });
  });

  test("bytes are shown in the unit that fits", () => {
    expect([0, 16, 1024, 1536, 2 ** 27, 4294967295].map(showBytes)).toEqual([
      "0 bytes",
      "16 bytes",
      "1 KiB",
      "1.5 KiB",
      "128 MiB",
      "4.0 GiB",
    ]);
  });
});

describe("out of memory", () => {
  test("a tensor larger than the adapter's largest buffer, before anything is made", async () => {
    const device = await open();
    using _scope = device.scope();
    const x = tensor(device, [1, 2, 3, 4], [4], { label: "x" });
    const { maxStorageBufferBindingSize: limit } = device.gpu.limits;
    const spec = { shape: [2 ** 34], dtype: "f32" } as const;
    const message = thrownBy(device, () => Tensor.allocate(device, spec, "huge"));
    expect(message.replace(showBytes(limit), "LIMIT")).toMatchInlineSnapshot(
      `"OutOfMemoryError: huge: 64 GiB were asked for with 16 bytes live, and one tensor may have at most LIMIT on this adapter. Use a smaller batch or picture, free tensors by scopes, or split the tensor."`,
    );
    // Nothing of that size is made on the host either.
    expect(thrownBy(device, () => zeros(device, spec.shape, { label: "huge" }))).toBe(message);
    expect([...(await add(x, x).data())]).toEqual([2, 4, 6, 8]);
  });

  test("zeros and ones send no values from the host", async () => {
    const device = await open();
    using _scope = device.scope();
    const write = vi.spyOn(device, "write");
    const x = ones(device, [70_000]);
    zeros(device, [3], { dtype: "u32" });
    expect(write).not.toHaveBeenCalled();
    vi.restoreAllMocks();
    expect((await x.data()).every((v) => v === 1)).toBe(true);
  });

  test("a memory limit: the reserve goes first, then the error has the numbers", async () => {
    const device = await open({ memoryLimit: 8192 });
    using _scope = device.scope();
    const x = zeros(device, [256], { label: "x" });
    zeros(device, [1536], { label: "passing" }).dispose();
    expect(device.stats.pooledBytes).toBe(6144);
    const y = zeros(device, [512]);
    expect(device.stats).toMatchObject({ liveBytes: 3072, pooledBytes: 0 });
    let caught: unknown;
    try {
      zeros(device, [2048], { label: "activations" });
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(OutOfMemoryError);
    expect(caught).toBeInstanceOf(DeviceError);
    expect(caught).toMatchObject({ asked: 8192, live: 3072, limit: 8192 });
    expect(caught).toMatchInlineSnapshot(
      `[OutOfMemoryError: activations: 8 KiB were asked for with 3 KiB live, and the device's memoryLimit is 8 KiB. Use a smaller batch or picture, free tensors by scopes, or split the tensor.]`,
    );
    // The device stays usable: with memory freed, the same tensor fits.
    y.dispose();
    x.dispose();
    expect((await zeros(device, [2048]).data()).length).toBe(2048);
  });

  test("the adapter refuses, which it says after the buffer was made", async () => {
    const device = await open();
    using _scope = device.scope();
    const x = tensor(device, [1, 2]);
    await x.data();
    vi.spyOn(device.gpu, "pushErrorScope").mockImplementationOnce(() => undefined);
    vi.spyOn(device.gpu, "popErrorScope").mockResolvedValueOnce({ message: "no memory" });
    const y = zeros(device, [1024], { label: "weights" });
    vi.restoreAllMocks();
    const { error, message } = await rejection(device, y.data());
    expect(error).toBeInstanceOf(OutOfMemoryError);
    expect(error).toMatchObject({ asked: 4096, live: 16, limit: undefined });
    expect(message).toMatchInlineSnapshot(
      `"OutOfMemoryError: weights: 4 KiB were asked for with 16 bytes live, and the adapter has no memory left. Open a new device, and use a smaller batch or picture, free tensors by scopes, or split the tensor."`,
    );
    expect(thrownBy(device, () => add(x, x))).toBe(message);
    const second = await open();
    using again = tensor(second, [3]);
    expect(await again.item()).toBe(3);
  });
});

describe("a lost device", () => {
  let lost: Awaited<ReturnType<typeof open>>;
  let x: Tensor;
  let inFlight: Promise<unknown>;
  beforeEach(async () => {
    lost = await open();
    x = tensor(lost, [1, 2, 3]);
    inFlight = mul(x, 2).data();
    inFlight.catch(() => undefined);
    lost.gpu.destroy();
  });

  test("is named by the read under way and by every later call", async () => {
    const { error, message } = await rejection(lost, inFlight);
    expect(error).toBeInstanceOf(DeviceLostError);
    expect(error).toBeInstanceOf(DeviceError);
    expect(message).toMatchInlineSnapshot(
      `"DeviceLostError: ADAPTER: the device was lost, and its tensors with it (device was destroyed). Open a new device to go on."`,
    );
    expect(thrownBy(lost, () => add(x, x))).toBe(message);
    expect(thrownBy(lost, () => write(x, [1, 2, 3]))).toBe(message);
    expect(thrownBy(lost, () => tensor(lost, [1]))).toBe(message);
    expect((await rejection(lost, x.data())).message).toBe(message);
    expect((await rejection(lost, lost.synchronize())).message).toBe(message);
    expect(
      (
        await rejection(
          lost,
          lost.profile(() => add(x, x)),
        )
      ).message,
    ).toBe(message);
    // What is left can be cleared away without care.
    x.dispose();
    lost.trim();
  });

  test("the program goes on with a new one", async () => {
    await rejection(lost, inFlight);
    const next = await open();
    using _scope = next.scope();
    expect([...(await mul(tensor(next, [1, 2, 3]), 2).data())]).toEqual([2, 4, 6]);
  });

  test("lost within a profile", async () => {
    const device = await open();
    using _scope = device.scope();
    const y = tensor(device, [1]);
    const profile = device.profile(() => {
      add(y, y);
      device.gpu.destroy();
    });
    expect((await rejection(device, profile)).error).toBeInstanceOf(DeviceLostError);
  });

  test("a destroyed device says so", async () => {
    const device = await open();
    const y = tensor(device, [1]);
    device.destroy();
    expect(thrownBy(device, () => add(y, y))).toMatchInlineSnapshot(
      `"DeviceLostError: ADAPTER: the device was lost, and its tensors with it (device.destroy() was called). Open a new device to go on."`,
    );
  });
});
