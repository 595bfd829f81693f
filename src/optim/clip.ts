/**
 * Clipping by the global norm: one factor for all gradients.
 *
 *     norm = √ Σ ‖g‖²,        factor = min(1, limit / norm)
 *
 * The factor stays on the device, so nothing waits for it. A norm that is not finite gives a NaN
 * factor: the run stops at its next report, where the loss is checked.
 */
import { div, minimum } from "../ops/binary.js";
import { concat } from "../ops/concat.js";
import { reshape } from "../ops/reshape.js";
import { sum } from "../ops/sum.js";
import { sqrt, square } from "../ops/unary.js";
import { full } from "../tensor/create.js";
import type { Tensor } from "../tensor/tensor.js";

export interface Clip {
  /** [1] */
  readonly factor: Tensor;
  /** [1], before clipping */
  readonly norm: Tensor;
}

export function clipByGlobalNorm(grads: ReadonlyMap<string, Tensor>, limit: number): Clip {
  const squares = [...grads.values()].map((g) => reshape(sum(square(g)), [1]));
  const norm = reshape(sqrt(sum(concat(squares, 0))), [1]);
  const factor = minimum(div(full(norm.device, [1], limit), norm), 1);
  return { factor, norm };
}
