/**
 * A divergence between the generator's diffused density and the reference's, as the loss of one
 * generator step.
 *
 * Fields are given in one of two units, the same throughout (x_t = α_t x₀ + σ ε; here α_t = 1):
 *
 *     scores          psi = s_ψ(x_t)     ref = s_ref(x_t)     target = ∇ log p_t(x_t | x₀)
 *     x₀-predictions  psi = f_ψ(x_t)     ref = f_ref(x_t)     target = x₀
 *
 * They differ by the factor α_t/σ², which belongs to the weighting w(t) (f = (x_t + σ² s) / α_t).
 */
import { mul } from "../ops/binary.js";
import { sum } from "../ops/sum.js";
import type { Tensor } from "../tensor/tensor.js";

/** A vector field on noisy samples: a network with frozen weights, or an exact score. */
export type Field = (x_t: Tensor) => Tensor;

/** What psi, ref and target are; see the header. */
export type Units = "scores" | "x₀-predictions";

export interface DivergenceInput {
  /** The assistant's field, which follows the generator. */
  readonly psi: Field;
  /** The reference's field, guidance included (IN). */
  readonly ref: Field;
  /** The field of the one sample that x_t was made from; carries the generator's gradient. */
  readonly target: Tensor;
  /** The noisy sample [N, …]; carries the generator's gradient. */
  readonly x_t: Tensor;
  /** r = p_ref / p_θ at x_t, [N, …] → [N]: for the divergences that say `needsDensityRatio`. */
  readonly densityRatio?: ((x_t: Tensor) => Tensor) | undefined;
}

export interface DivergenceLoss {
  /** [N]; its gradient is the divergence's gradient. Its value may have any sign. */
  readonly loss: Tensor;
  /** y = psi − ref, for the report: ‖y‖ says how far the two densities are apart. */
  readonly y: Tensor;
}

/**
 * What a loss stands for at one noise level, where that is known: the tests hold the gradient of
 * the loss to the gradient of this, on densities whose scores are exact.
 *
 *     of scores   E_{x ~ π} d( s_θ(x) − s_ref(x) ),  π frozen
 *                 + moving · E_{x ~ p_θ} d( y(x) ),  y fixed as a function of x
 *     of ratio    E_{x ~ p_θ} f( p_ref(x) / p_θ(x) )
 */
export type Exact =
  | {
      readonly of: "scores";
      /** d: y [N, …] → [N] */
      distance(y: Tensor): Tensor;
      /** How much of the sampling density's own gradient the loss has: 1 is the full gradient. */
      readonly moving: number;
    }
  | {
      readonly of: "ratio";
      /** f: r [N] → [N] */
      f(r: Tensor): Tensor;
    };

export interface Divergence {
  readonly name: string;
  /**
   * p, where fields k times as large give a loss k^p times as large (constants in units of the
   * field grown alike). It takes a weighting from one unit of the fields to the other.
   */
  readonly degree: number;
  /** Absent where the loss is the gradient of nothing known, as with a normaliser. */
  readonly exact?: Exact;
  /** It means something at the smallest noise level alone: that is where it is trained. */
  readonly atSmallestNoise?: true;
  /** Its loss reads `densityRatio`. */
  readonly needsDensityRatio?: true;
  generatorLoss(input: DivergenceInput): DivergenceLoss;
}

/** ⟨a, b⟩ for each sample: [N, …] → [N] */
export function dot(a: Tensor, b: Tensor): Tensor {
  const axes = Array.from({ length: a.rank - 1 }, (_, i) => i + 1);
  return sum(mul(a, b), { axes });
}
