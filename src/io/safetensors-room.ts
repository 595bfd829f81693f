/** Whether tensors have room on a device, before the first of them is made. */
import { GpuDevice } from "../device/device.js";
import type { Device } from "../device/types.js";
import { showBytes } from "../device/units.js";
import { DtypeError, OutOfMemoryError } from "../errors.js";
import { bytesOf, type Dtype } from "../tensor/dtype.js";
import { type Shape, showShape, sizeOf } from "../tensor/shape.js";

interface Planned {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: Dtype;
}

/** Tensors that one error names. */
const SHOWN = 8;

/** @throws OutOfMemoryError or DtypeError that names what does not fit, and the numbers. */
export function assertRoom(
  what: string,
  device: Device,
  tensors: readonly Planned[],
  memoryLimit = Number.POSITIVE_INFINITY,
): void {
  const live = device.stats.liveBytes;
  if (device instanceof GpuDevice) assertAdapter(what, device, tensors, live);
  const asked = tensors.reduce((sum, x) => sum + paddedBytes(x), 0);
  if (live + asked <= memoryLimit) return;
  throw new OutOfMemoryError(
    `${what}: ${tensors.length} tensors take ${showBytes(asked)} with ${showBytes(live)} live, ` +
      `and the memoryLimit is ${showBytes(memoryLimit)}. ` +
      `${narrower(tensors)}free others first, or choose a smaller model.`,
    { asked, live, limit: memoryLimit },
  );
}

function assertAdapter(
  what: string,
  device: GpuDevice,
  tensors: readonly Planned[],
  live: number,
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
      `${narrower(large)}open another adapter, or choose a smaller model.`,
    { asked: Math.max(...large.map(paddedBytes)), live, limit },
  );
}

/** Advice begins with this where it helps. */
function narrower(tensors: readonly Planned[]): string {
  return tensors.some(({ dtype }) => dtype === "f32") ? "Load them as f16, " : "To go on, ";
}

/** What the tensor takes, in a buffer of whole 16 bytes. */
function paddedBytes({ shape, dtype }: Planned): number {
  return Math.max(16, Math.ceil((bytesOf(dtype) * sizeOf(shape)) / 16) * 16);
}
