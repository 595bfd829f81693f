/**
 * Minimum over axes.
 *
 *     y = min_axes x          dx = dy ⊙ [x = y] / (number of minima)
 *
 * Where several elements are smallest they share the derivative equally. A NaN is the minimum of
 * everything, as in IEEE 754's `minimum`. Kernels and reference are those of the family in shared/reduce.ts.
 */
import type { Tensor } from "../tensor/tensor.js";
import { isGreater } from "./binary.js";
import { defineExtremum } from "./shared/reduce.js";
import type { ReduceOptions } from "./sum.js";

/** x, any shape → its minimum over `axes`. */
export const min: (x: Tensor, options?: ReduceOptions) => Tensor = defineExtremum({
  name: "min",
  what: "minimum",
  wgsl: "ieee_min(a, b)",
  f64: Math.min,
  neutral: Number.POSITIVE_INFINITY,
  // The minimum exceeds no x, so isGreater is ½ at the minima and 0 elsewhere.
  reached: (x, out) => isGreater(out, x),
});
