/**
 * Denoising score matching in EDM's weighting (Karras et al. 2022, eq. 8):
 *
 *     L = E λ(σ) ‖D(x₀ + σ ε; σ, c) − x₀‖² / D,      λ(σ) = (σ² + σ_d²) / (σ σ_d)²
 *
 * ‖·‖² / D is the mean over a sample's elements. The loss receives its noise; it draws nothing.
 */
import type { Condition } from "../models/unet/index.js";
import { mul, sub } from "../ops/binary.js";
import { mean } from "../ops/mean.js";
import { square } from "../ops/unary.js";
import type { Tensor } from "../tensor/tensor.js";
import { type Denoiser, diffuse, levelsOf, perSample, type Sigmas } from "./edm.js";

/** What a denoising loss needs: clean samples, N noise levels, noise, conditions. */
export interface DenoisingBatch<S extends Sigmas = readonly number[]> {
  /** [N, C, H, W] */
  readonly x0: Tensor;
  readonly sigma: S;
  /** ε, like x0 */
  readonly noise: Tensor;
  readonly condition: Condition;
}

/**
 * The loss of the header: → one value, whose gradient is that of the denoising loss.
 * @param sigma_data standard deviation of the data, in the units of x0.
 */
export function denoisingLoss<S extends Sigmas>(
  denoiser: Denoiser<S>,
  { x0, sigma, noise, condition }: DenoisingBatch<S>,
  sigma_data: number,
): Tensor {
  const error = sub(denoiser(diffuse(x0, sigma, noise), sigma, condition), x0);
  const { lambda } = levelsOf(sigma, sigma_data);
  return mean(mul(square(error), perSample(x0, lambda)));
}
