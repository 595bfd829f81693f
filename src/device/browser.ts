/** Opens a device in a browser, where `navigator.gpu` gives the adapter. */
import { DeviceError } from "../errors.js";
import { GpuDevice } from "./device.js";
import type { GpuDeviceOptions } from "./options.js";

export interface OpenDeviceOptions extends GpuDeviceOptions {
  /** Which adapter to ask for where a machine has two. Default "high-performance". */
  readonly powerPreference?: GPUPowerPreference;
}

/**
 * The browser's adapter as a device. In a page or in a worker; the page must come from https or
 * from localhost.
 * @throws DeviceError when there is no WebGPU here, or no adapter.
 */
export async function openDevice(options: OpenDeviceOptions = {}): Promise<GpuDevice> {
  const { powerPreference = "high-performance", ...rest } = options;
  const gpu = webgpu();
  if (gpu === undefined) {
    throw new DeviceError(
      "openDevice: there is no navigator.gpu here. Use a browser with WebGPU on a page from https " +
        "or localhost; under Node use openNodeDevice from hitofude/node.",
    );
  }
  const adapter = await gpu.requestAdapter({ powerPreference });
  if (adapter === null) {
    throw new DeviceError(
      "openDevice: the browser offers WebGPU, but no adapter. Turn hardware acceleration on, " +
        "or allow a software adapter (Chromium: --use-webgpu-adapter=swiftshader).",
    );
  }
  return GpuDevice.from(adapter, rest);
}

/** Types promise navigator.gpu; browsers do not. */
function webgpu(): GPU | undefined {
  const { navigator } = globalThis as { readonly navigator?: { readonly gpu?: GPU } };
  return navigator?.gpu;
}
