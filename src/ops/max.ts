/**
 * Maximum over axes.
 *
 *     y = max_axes x          dx = dy ⊙ [x = y] / (number of maxima)
 *
 * Where several elements are largest they share the derivative equally. A NaN is the maximum of
 * everything, as in IEEE 754's `maximum`. Kernels and reference are those of the family in shared/reduce.ts.
 */
import type { Tensor } from "../tensor/tensor.js";
import { isGreater } from "./binary.js";
import { defineExtremum } from "./shared/reduce.js";
import type { ReduceOptions } from "./sum.js";

/** x, any shape → its maximum over `axes`. */
export const max: (x: Tensor, options?: ReduceOptions) => Tensor = defineExtremum({
  name: "max",
  what: "maximum",
  wgsl: "ieee_max(a, b)",
  f64: Math.max,
  neutral: Number.NEGATIVE_INFINITY,
  // No x exceeds the maximum, so isGreater is ½ at the maxima and 0 elsewhere.
  reached: (x, out) => isGreater(x, out),
});
