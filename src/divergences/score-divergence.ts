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
import { add, sub } from "../ops/binary.js";
import { neg } from "../ops/unary.js";
import { ones } from "../tensor/create.js";
import type { Tensor } from "../tensor/tensor.js";
import { type Divergence, dot } from "./divergence.js";

export interface ScoreDivergence extends Divergence {
  /** d: y [N, …] → [N], ≥ 0, and 0 only at y = 0. */
  distance(y: Tensor): Tensor;
}

/** A divergence from its distance and the distance's degree; d' follows by differentiation. */
export function scoreDivergence(definition: {
  readonly name: string;
  readonly degree: number;
  readonly distance: (y: Tensor) => Tensor;
}): ScoreDivergence {
  const { distance } = definition;
  return {
    ...definition,
    exact: { of: "scores", distance, moving: 0 },
    generatorLoss({ psi, ref, target, x_t }) {
      const s_psi = psi(x_t);
      const y = sub(s_psi, ref(x_t));
      const { value, pullback } = vjp(distance, y);
      const [u = y] = pullback(ones(y.device, value.shape));
      return { loss: neg(dot(u, sub(s_psi, target))), y };
    },
  };
}

/**
 * The same divergence with its full gradient: π moves with the generator, which adds
 *
 *     ∇_θ E_{x_t ~ p_θ} d(y(x_t)),      y as a fixed function of x_t
 */
export function withMovingDensity(divergence: ScoreDivergence): ScoreDivergence {
  const { distance } = divergence;
  return {
    ...divergence,
    name: `${divergence.name} (full)`,
    exact: { of: "scores", distance, moving: 1 },
    generatorLoss(input) {
      const { loss, y } = divergence.generatorLoss(input);
      return { loss: add(loss, distance(y)), y };
    },
  };
}
