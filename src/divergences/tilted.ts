/**
 * The reward-tilted reference (DIDR, Diff-Instruct with diffused reward, arXiv 2605.24001): what
 * the scores of p_ref e^{α r} / Z are at all noise levels. The reward then needs no term of its own.
 *
 *     s̃_ref(x_t) = s_ref(x_t) + ∇ log E[ e^{α r(x₀)} | x_t ]  ≈  s_ref(x_t) + α ∇_{x_t} r( f_ref(x_t) )
 *
 * on x₀-predictions  f̃_ref = f_ref + σ² α ∇_{x_t} r( f_ref(x_t) ).
 *
 * The approximation puts the mean f_ref in place of the density of x₀ given x_t. It is exact where
 * that density is Gaussian with a variance that does not depend on x_t, and r is linear.
 */
import { vjp } from "../autograd/grad.js";
import { add, mul } from "../ops/binary.js";
import { reshape } from "../ops/reshape.js";
import { square } from "../ops/unary.js";
import { ones, tensor } from "../tensor/create.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Field, Units } from "./divergence.js";

export interface Tilt {
  /** r: x₀ [N, …] → [N], differentiable; twice, where the divergence differentiates the field. */
  readonly reward: (x0: Tensor) => Tensor;
  readonly alpha: number;
  /** σ of each sample: N numbers, or [N] */
  readonly sigma: readonly number[] | Tensor;
  readonly units: Units;
}

export function tilted(ref: Field, { reward, alpha, sigma, units }: Tilt): Field {
  if (alpha === 0) return ref;
  return (x) => {
    const levels = "device" in sigma ? sigma : tensor(x.device, sigma);
    const variance = square(reshape(levels, [x.dim(0), ...Array<number>(x.rank - 1).fill(1)]));
    const { value: field, pullback } = vjp(ref, x);
    const scores = units === "scores";
    const f_ref = scores ? add(x, mul(variance, field)) : field;
    const { value: r, pullback: rewardPullback } = vjp(reward, f_ref);
    const [slope = f_ref] = rewardPullback(ones(x.device, r.shape));
    // ∇_{x_t} r(f_ref(x_t)) = J_fᵀ ∇r, and J_f = I + σ² J_s.
    const [through = slope] = pullback(slope);
    const pull = scores ? add(slope, mul(variance, through)) : mul(variance, through);
    return add(field, mul(pull, alpha));
  };
}
