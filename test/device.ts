/** The device of a test file: opened once, checked for leaks after every test. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { GpuDevice } from "../src/device/device.js";
import { type NodeDevice, openNodeDevice } from "../src/device/node-device.js";
import type { GpuDeviceOptions } from "../src/device/options.js";
import { DEFAULT_RATES } from "../src/device/rates.js";

/** Call at the top of a file or describe; the function it returns gives the open device. */
export function testDevice(
  options: Pick<GpuDeviceOptions, "kernels" | "rates"> = {},
): () => GpuDevice {
  let opened: NodeDevice | undefined;
  const get = (): GpuDevice => {
    if (!opened) throw new Error("testDevice: the device is open only while tests run");
    return opened.device;
  };
  beforeAll(async () => {
    opened = await openNodeDevice(options);
  });
  afterEach(() => {
    expect(get().stats.liveBuffers, "buffers left alive").toBe(0);
  });
  afterAll(() => opened?.close());
  return get;
}

/** Which kernels a suite runs on. */
export type Kernels = "fast" | "wide" | "naive";

/** Options of a device on which they run, wide ones for the smallest products too. */
export function withKernels(kernels: Kernels): Pick<GpuDeviceOptions, "kernels" | "rates"> {
  if (kernels !== "wide") return { kernels };
  return { kernels: "fast", rates: { ...DEFAULT_RATES, compileSeconds: 0 } };
}

/** A test that needs f16: where the adapter has none it is skipped, by name and with the reason. */
export function testF16(
  name: string,
  device: () => GpuDevice,
  run: (device: GpuDevice) => void | Promise<void>,
): void {
  test(name, async ({ skip }) => {
    skip(!device().f16, "the adapter has no shader-f16");
    using _scope = device().scope();
    await run(device());
  });
}
