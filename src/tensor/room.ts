/** Whether tensors have room on a device, before the first of them is made. */
import { GpuDevice } from "../device/device.js";
import type { Device } from "../device/types.js";
import { showBytes } from "../device/units.js";
import { DtypeError, OutOfMemoryError } from "../errors.js";
import { bytesOf, type Dtype } from "./dtype.js";
import { type Shape, showShape, sizeOf } from "./shape.js";

/** A tensor that is to be made. */
export interface Planned {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: Dtype;
}

/** Tensors that one error names. */
const SHOWN = 8;

export interface RoomOptions {
  /** Bytes for all live tensors; the device's own limit holds in any case. */
  readonly memoryLimit?: number | undefined;
  /** Bytes of temporaries while the tensors are made. Default 0. */
  readonly beside?: number;
  /** Whether the caller could have them in f16 instead, which the error then says. Default true. */
  readonly narrow?: boolean;
}

/** @throws OutOfMemoryError or DtypeError that names what does not fit, and the numbers. */
export function assertRoom(
  what: string,
  device: Device,
  tensors: readonly Planned[],
  { memoryLimit = Number.POSITIVE_INFINITY, beside = 0, narrow = true }: RoomOptions = {},
): void {
  const gpu = device instanceof GpuDevice ? device : undefined;
  const advise = (large: readonly Planned[]): string =>
    narrow && large.some(({ dtype }) => dtype === "f32") ? "Load them as f16, " : "To go on, ";
  const live = device.stats.liveBytes;
  if (gpu) assertAdapter(what, gpu, tensors, advise);
  const limit = Math.min(memoryLimit, gpu?.memoryLimit ?? memoryLimit);
  const asked = beside + tensors.reduce((sum, x) => sum + paddedBytes(x), 0);
  if (live + asked <= limit) return;
  const temporaries = beside > 0 ? ` (${showBytes(beside)} of it while they are made)` : "";
  throw new OutOfMemoryError(
    `${what}: ${tensors.length} tensors take ${showBytes(asked)}${temporaries} with ` +
      `${showBytes(live)} live, and the memoryLimit is ${showBytes(limit)}. ` +
      `${advise(tensors)}free others first, or choose a smaller model.`,
    { asked, live, limit },
  );
}

function assertAdapter(
  what: string,
  device: GpuDevice,
  tensors: readonly Planned[],
  advise: (large: readonly Planned[]) => string,
): void {
  if (!device.f16 && tensors.some(({ dtype }) => dtype === "f16")) {
    throw new DtypeError(
      `${what}: f16 needs an adapter with the feature shader-f16, which ${device.name} does not ` +
        'offer. Load with dtype "f32", or open another adapter.',
    );
  }
  const { maxStorageBufferBindingSize: binding, maxBufferSize } = device.gpu.limits;
  const limit = Math.min(binding, maxBufferSize);
  const large = tensors.filter((x) => paddedBytes(x) > limit);
  if (large.length === 0) return;
  const list = large
    .slice(0, SHOWN)
    .map((x) => `${x.name} ${showShape(x.shape)} takes ${showBytes(paddedBytes(x))} as ${x.dtype}`);
  const more = large.length > SHOWN ? ` … and ${large.length - SHOWN} more` : "";
  throw new OutOfMemoryError(
    `${what}: ${large.length} of ${tensors.length} tensors do not fit ${device.name}, on which ` +
      `one tensor may have at most ${showBytes(limit)}: ${list.join("; ")}${more}. ` +
      `${advise(large)}open another adapter, or choose a smaller model.`,
    { asked: Math.max(...large.map(paddedBytes)), live: device.stats.liveBytes, limit },
  );
}

/** What the tensor takes, in a buffer of whole 16 bytes. */
export function paddedBytes({ shape, dtype }: Omit<Planned, "name">): number {
  return Math.max(16, Math.ceil((bytesOf(dtype) * sizeOf(shape)) / 16) * 16);
}
