/** One value everywhere, written by the device: the host makes no array. */
import { GpuDevice } from "../device/device.js";
import { kernel } from "../shaders/kernel.js";
import { type Dtype, encode, toFloat64 } from "./dtype.js";
import type { Tensor } from "./tensor.js";

const run = kernel("fill", { vectors: "u32", word: "u32" });

/** Overwrites every element of `x`, to the bit as `write` would. */
export function fill(x: Tensor, value: number): void {
  if (!(x.device instanceof GpuDevice)) {
    x.reference.data.fill(toFloat64(x.dtype, [value], x.label)[0] ?? 0);
    return;
  }
  const word = wordOf(x.dtype, value, x.label);
  const vectors = x.size === 0 ? 0 : Math.ceil(x.bytes / 16);
  // Without its dtype: the kernel writes words, not elements.
  const { gpu } = x;
  run({ tensors: [{ gpu }], params: { vectors, word }, items: vectors });
}

/** The four bytes of one element, or of two halves. */
function wordOf(dtype: Dtype, value: number, label: string): number {
  const { buffer, byteOffset } = encode(dtype, [value, value], label);
  return new DataView(buffer, byteOffset).getUint32(0, true);
}
