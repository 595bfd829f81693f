import { describe, expect, test } from "vitest";
import { openNodeDevice } from "../../src/device/node-device.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import { add, mul } from "../../src/ops/binary.js";
import { copyInto, full, ones, scalar, tensor, write, zeros } from "../../src/tensor/create.js";
import { testDevice } from "../device.js";

const device = testDevice();

describe("tensors", () => {
  test("what is written is read back, on both devices and in both element types", async () => {
    for (const where of [device(), new ReferenceDevice()]) {
      using _scope = where.scope();
      const x = tensor(where, [1.5, -2, 3, 0, 1e-30, 6], [2, 3]);
      expect(await x.data()).toEqual(Float32Array.of(1.5, -2, 3, 0, 1e-30, 6));
      const tokens = tensor(where, Uint32Array.of(1, 2 ** 32 - 1, 0));
      expect(tokens.dtype).toBe("u32");
      expect(await tokens.data()).toEqual(Uint32Array.of(1, 2 ** 32 - 1, 0));
      expect(await full(where, [2], 7, { dtype: "u32" }).data()).toEqual(Uint32Array.of(7, 7));
      expect(await zeros(where, [0, 4]).data()).toEqual(new Float32Array());
      expect(await scalar(where, 4).item()).toBe(4);
      expect((await ones(where, [5]).data()).every((v) => v === 1)).toBe(true);
    }
  });

  test("shapes: size, rank, axes from the end, text", () => {
    using _scope = device().scope();
    const x = zeros(device(), [2, 3, 4], { label: "x" });
    expect([x.size, x.rank, x.dim(-1), x.dim(0)]).toEqual([24, 3, 4, 2]);
    const y = tensor(new ReferenceDevice(), [1], [], { label: "y" });
    expect(String(y)).toMatchInlineSnapshot(`"Tensor(y, f32 [], float64 reference)"`);
    expect([y.size, y.rank]).toEqual([1, 0]);
  });

  test("write overwrites in place, and later than what was recorded before", async () => {
    using _scope = device().scope();
    const x = tensor(device(), [1, 2]);
    const y = mul(x, 10);
    write(x, [5, 6]);
    expect([...(await y.data())]).toEqual([10, 20]);
    expect([...(await x.data())]).toEqual([5, 6]);
  });

  test("a read sees what was recorded before it, not what comes after", async () => {
    using _scope = device().scope();
    const x = tensor(device(), [1, 2]);
    const early = x.data();
    write(x, [9, 9]);
    expect([...(await early)]).toEqual([1, 2]);
  });

  test("reference values are float64", () => {
    const where = new ReferenceDevice();
    using x = tensor(where, [0.1]);
    expect(x.reference.flat(0)).toBe(0.1);
  });

  test("errors of making, shaping and reading", async () => {
    using _scope = device().scope();
    const x = zeros(device(), [2, 3], { label: "x" });
    expect(() => tensor(device(), [1, 2, 3], [2, 2])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: tensor: 3 values do not fill shape [2, 2] (4 elements). Give as many values as the shape has elements.]`,
    );
    expect(() => zeros(device(), [2, 1.5])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: tensor: 1.5 is no size in shape [2, 1.5]. Sizes are integers ≥ 0.]`,
    );
    expect(() => write(x, [1])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: write: 1 values do not fill x [2, 3]. Give 6 values.]`,
    );
    expect(() => x.alias({ shape: [4] })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: reshape: [2, 3] has 6 elements, [4] has 4. Choose a shape of 6 elements.]`,
    );
    await expect(x.item()).rejects.toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: item: [2, 3] has 6 elements, not one. Read it with data().]`,
    );
    const read = () => x.reference;
    expect(messageOf(read).replace(device().name, "ADAPTER")).toMatchInlineSnapshot(
      `"DeviceError: x: its values are on ADAPTER. Read them with await x.data()."`,
    );
    const flat = zeros(device(), [128]);
    for (const offset of [32, -64]) {
      expect(() => flat.window(offset, [1])).toThrow(
        `window: offset ${offset} is no multiple of 64. Pad the parts before it.`,
      );
    }
    const host = zeros(new ReferenceDevice(), [1], { label: "host" });
    const other = zeros(host.device, [2], { label: "other" });
    expect(() => copyInto(host, other)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: copyInto: Tensor(host, f32 [1], float64 reference) and Tensor(other, f32 [2], float64 reference) differ. Give two tensors of one shape and one dtype on one device.]`,
    );
    expect(() => host.gpu).toThrowErrorMatchingInlineSnapshot(
      `[DeviceError: host: a kernel was run on a tensor of the reference device. Run the op instead of its kernel, or move the tensor to a GPU device.]`,
    );
  });
});

function messageOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return String(error);
  }
  return "no error";
}

describe("memory", () => {
  test("a scope frees what is made inside, except what it keeps", async () => {
    using outer = device().scope();
    const x = tensor(device(), [1, 2]);
    const kept = (() => {
      using scope = device().scope();
      const y = mul(x, 2);
      return scope.keep(add(y, 1));
    })();
    expect(device().stats.liveBuffers).toBe(2);
    expect(outer.owns(kept)).toBe(true);
    expect([...(await kept.data())]).toEqual([3, 5]);
  });

  test("keepAll hands everything on; an outermost keep belongs to the caller", () => {
    const scope = device().scope();
    const x = zeros(device(), [1]);
    scope.keepAll();
    scope.end();
    expect(x.disposed).toBe(false);
    x.dispose();
  });

  test("scopes left open inside a scope end with it", () => {
    const outer = device().scope();
    device().scope();
    const x = zeros(device(), [1]);
    outer.end();
    expect(x.disposed).toBe(true);
    expect(device().scopes.current).toBeUndefined();
  });

  test("a view keeps the storage alive; freeing twice is harmless", async () => {
    const x = tensor(device(), [1, 2]);
    const view = x.alias({ shape: [2, 1] });
    x.dispose();
    x.dispose();
    expect(device().stats.liveBuffers).toBe(1);
    expect([...(await view.data())]).toEqual([1, 2]);
    view.dispose();
  });

  test("freed buffers are used again, without mixing values", async () => {
    using _scope = device().scope();
    const x = tensor(device(), [1, 2, 3]);
    let y = mul(x, 1);
    for (let i = 0; i < 50; i++) {
      const next = add(y, 1);
      y.dispose();
      y = next;
    }
    expect([...(await y.data())]).toEqual([51, 52, 53]);
    expect(device().stats.peakBytes).toBeLessThan(4096);
  });

  test("use after free says what was freed", async () => {
    using x = zeros(device(), [2, 3], { label: "weights" });
    x.dispose();
    expect(() => mul(x, 2)).toThrowErrorMatchingInlineSnapshot(
      `[DisposedError: weights [2, 3] was used after it was freed. Keep it with scope.keep(x), or make it outside the scope.]`,
    );
    expect(() => x.alias({})).toThrowErrorMatchingInlineSnapshot(
      `[DisposedError: weights [2, 3] was used after it was freed. Keep it with scope.keep(x), or make it outside the scope.]`,
    );
    await expect(x.data()).rejects.toThrowErrorMatchingInlineSnapshot(
      `[DisposedError: weights [2, 3] was used after it was freed. Keep it with scope.keep(x), or make it outside the scope.]`,
    );
  });
});

describe("two devices", () => {
  test("work side by side, and do not mix", async () => {
    const second = await openNodeDevice();
    try {
      using _first = device().scope();
      using _second = second.device.scope();
      const a = tensor(device(), [1, 2]);
      const b = tensor(second.device, [3, 4]);
      expect([...(await mul(a, a).data())]).toEqual([1, 4]);
      expect([...(await mul(b, b).data())]).toEqual([9, 16]);
      const names =
        /add: inputs are on different devices \(.+, .+\)\. Make all of them on one device\./;
      expect(() => add(a, b)).toThrow(names);
      const c = tensor(new ReferenceDevice(), [1, 2]);
      expect(() => add(c, b)).toThrow(/float64 reference/);
    } finally {
      second.close();
    }
  });
});
