/**
 * The general score-based divergence (Score Implicit Matching; Diff-Instruct*), for a distance d:
 *
 *     D = E_{x_t ~ π} d(y),      y = s_ψ(x_t) − s_ref(x_t),      π frozen
 *     ∇_θ D = ∇_θ E[ −d'(y)ᵀ ( s_ψ(x_t) − ∇ log p_t(x_t | x₀) ) ]          (theorem 3.1)
 *
 * On the right the weights of both networks are frozen, and gradient flows through x_t into their
 * *inputs*. Detaching them would give the KL gradient in disguise.
 */
import { vjp } from "../autograd/grad.js";
import { sub } from "../ops/binary.js";
import { neg } from "../ops/unary.js";
import { ones } from "../tensor/create.js";
import type { Tensor } from "../tensor/tensor.js";
import { type Divergence, dot } from "./divergence.js";

/** A divergence that is a distance d of the difference y of two fields. */
export interface ScoreDivergence extends Divergence {
  /** d: y [N, …] → [N], ≥ 0, and 0 only at y = 0. */
  distance(y: Tensor): Tensor;
}

/**
 * A divergence from its distance; d' follows by differentiation.
 * @param definition `distance` maps y [N, …] to [N]; it is ≥ 0, and 0 only at y = 0.
 */
export function scoreDivergence(definition: {
  readonly name: string;
  readonly distance: (y: Tensor) => Tensor;
}): ScoreDivergence {
  const { distance } = definition;
  return {
    ...definition,
    generatorLoss({ psi, ref, target, x_t }) {
      const s_psi = psi(x_t);
      const y = sub(s_psi, ref(x_t));
      const { value, pullback } = vjp(distance, y);
      const [u = y] = pullback(ones(y.device, value.shape));
      return { loss: neg(dot(u, sub(s_psi, target))), y };
    },
  };
}
