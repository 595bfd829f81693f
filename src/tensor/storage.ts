/** The memory behind tensors: counted, so that it goes back with the last view. */
import { GpuDevice } from "../device/device.js";
import { ReferenceDevice } from "../device/reference.js";
import type { Device, DeviceBuffer } from "../device/types.js";
import { DtypeError, FuseError } from "../errors.js";
import { bytesOf, type Dtype } from "./dtype.js";
import { type Shape, sizeOf } from "./shape.js";

/** A buffer, float64 values, or, on a device that only writes down, what stands for them. */
type Memory =
  | { readonly buffer: DeviceBuffer }
  | { readonly values: Float64Array }
  | { readonly symbol: object };

/** Counted memory: a buffer of the adapter, or float64 values on the reference device. */
export class Storage {
  readonly memory: Memory;
  private readonly device: Device;
  private owners = 1;

  constructor(device: Device, memory: Memory) {
    this.device = device;
    this.memory = memory;
    if (device instanceof ReferenceDevice) device.count(1);
  }

  share(): this {
    this.owners += 1;
    return this;
  }

  /** @param label of the view that lets go of it */
  release(label: string): void {
    this.owners -= 1;
    if (this.owners > 0) return;
    if ("buffer" in this.memory && this.device instanceof GpuDevice) {
      this.device.release(this.memory.buffer, label);
    } else if (this.device instanceof ReferenceDevice) this.device.count(-1);
  }
}

/** Undefined contents, for an op to fill. */
export function allocateMemory(
  device: Device,
  { shape, dtype }: { readonly shape: Shape; readonly dtype: Dtype },
  label: string,
): Memory {
  if (device.kind === "symbolic") {
    throw new FuseError(
      `${device.name}: "${label}" would make a tensor of values, and the function is only written ` +
        "down. Use numbers inside it, or make the tensor outside and give it as an input.",
    );
  }
  const size = sizeOf(shape);
  if (!(device instanceof GpuDevice)) return { values: new Float64Array(size) };
  if (dtype === "f16" && !device.f16) {
    throw new DtypeError(
      `${label}: f16 needs an adapter with the feature shader-f16, which ${device.name} does not ` +
        "offer. Use f32, or open another adapter (`hitofude doctor` says what each one can do).",
    );
  }
  return { buffer: device.acquire(bytesOf(dtype) * size, label) };
}
