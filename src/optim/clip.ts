/**
 * Clipping by the global norm: one factor for all gradients.
 *
 *     norm = √ Σ ‖g‖²,        factor = min(1, limit / norm)
 *
 * The factor stays on the device, so nothing waits for it. A norm that is not finite gives a NaN
 * factor: the run stops at its next report, where the loss is checked.
 */
import { add, div, minimum, mul } from "../ops/binary.js";
import { concat } from "../ops/concat.js";
import { reshape } from "../ops/reshape.js";
import { sum } from "../ops/sum.js";
import { sqrt, square } from "../ops/unary.js";
import { full } from "../tensor/create.js";
import type { Tensor } from "../tensor/tensor.js";

/** What scales the gradients, and what their norm was. */
export interface Clip {
  /** [1] */
  readonly factor: Tensor;
  /** [1], before clipping */
  readonly norm: Tensor;
}

/**
 * Gradients of any shapes → min(1, limit / ‖g‖), over all of them together. Nothing is scaled here:
 * AdamW takes the factor.
 */
export function clipByGlobalNorm(grads: ReadonlyMap<string, Tensor>, limit: number): Clip {
  const squares = [...grads.values()].map((g) => reshape(sum(partialSums(square(g))), [1]));
  const norm = reshape(sqrt(sum(concat(squares, 0))), [1]);
  const bounded = minimum(div(full(norm.device, [1], limit), norm), 1);
  // 0 · norm is 0, or NaN: WGSL's min may drop a NaN, and limit / ∞ would be a silent 0.
  const factor = add(bounded, mul(norm, 0));
  return { factor, norm };
}

/** Sums in 64 parts where that divides: one workgroup alone would sum a whole network. */
function partialSums(x: Tensor): Tensor {
  return x.size % 64 === 0 ? sum(reshape(x, [64, x.size / 64]), { axes: 1 }) : x;
}
