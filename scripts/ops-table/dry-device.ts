/** A GPU device that runs nothing and notes which kernels it was asked to run. */
import { GpuDevice } from "../../src/device/device.js";
import type { GpuDeviceOptions, Launch } from "../../src/device/options.js";

export class DryDevice extends GpuDevice {
  /** Names of shaders since it was last emptied. */
  readonly launched = new Set<string>();

  constructor(options: Pick<GpuDeviceOptions, "kernels" | "subgroupSize" | "rates">) {
    super(emptyAdapter(), { name: "dry", ...options });
  }

  /** A label is the shader's name, then for families the function, then the element type. */
  override launch({ label }: Launch): void {
    this.launched.add(/^[\w.]+/.exec(label)?.[0] ?? label);
  }

  override write(): void {}

  override copy(): void {}
}

function emptyAdapter(): GPUDevice {
  const device = {
    limits: {
      maxStorageBufferBindingSize: 2 ** 31,
      maxBufferSize: 2 ** 31,
      maxStorageBuffersPerShaderStage: 8,
    },
    features: new Set(["shader-f16"]),
    lost: new Promise(() => {}),
    createBuffer: ({ size }: GPUBufferDescriptor) => ({ size, destroy: () => {} }),
    pushErrorScope: () => {},
    popErrorScope: async () => null,
    queue: { writeBuffer: () => {}, submit: () => {} },
  };
  return device as unknown as GPUDevice;
}
