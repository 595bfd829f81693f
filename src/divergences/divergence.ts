/**
 * A divergence between the generator's diffused density and the reference's, as the loss of one
 * generator step.
 *
 * Fields are given in one of two units, the same throughout (x_t = x₀ + σ ε):
 *
 *     scores          psi = s_ψ(x_t)     ref = s_ref(x_t)     target = ∇ log p_t(x_t | x₀)
 *     x₀-predictions  psi = f_ψ(x_t)     ref = f_ref(x_t)     target = x₀
 *
 * They differ by the factor 1/σ², which belongs to the weighting w(t) (method: f = x_t + σ² s).
 */
import { mul } from "../ops/binary.js";
import { sum } from "../ops/sum.js";
import type { Tensor } from "../tensor/tensor.js";

/** A vector field on noisy samples: a network with frozen weights, or an exact score. */
export type Field = (x_t: Tensor) => Tensor;

/** What a divergence sees of one draw: two fields, the target, and the noisy samples [N, …]. */
export interface DivergenceInput {
  /** The assistant's field, which follows the generator. */
  readonly psi: Field;
  /** The reference's field, guidance included (IN). */
  readonly ref: Field;
  /** The field of the one sample that x_t was made from; carries the generator's gradient. */
  readonly target: Tensor;
  /** The noisy sample [N, …]; carries the generator's gradient. */
  readonly x_t: Tensor;
}

/** The loss of each sample, and how far the two fields are apart. */
export interface DivergenceLoss {
  /** [N]; its gradient is the divergence's gradient. Its value may have any sign. */
  readonly loss: Tensor;
  /** y = psi − ref, for the report: ‖y‖ says how far the two densities are apart. */
  readonly y: Tensor;
}

/** A divergence, as the trainer uses it: see the header. */
export interface Divergence {
  readonly name: string;
  generatorLoss(input: DivergenceInput): DivergenceLoss;
}

/** ⟨a, b⟩ for each sample: [N, …] → [N] */
export function dot(a: Tensor, b: Tensor): Tensor {
  const axes = Array.from({ length: a.rank - 1 }, (_, i) => i + 1);
  return sum(mul(a, b), { axes });
}
