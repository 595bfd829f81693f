/**
 * EDM (Karras et al. 2022): a denoiser D made from a network F, variance-exploding noise.
 *
 *     x_σ = x₀ + σ ε
 *     D(x; σ) = c_skip x + c_out F(c_in x; 1000 c_noise)                           (eq. 7)
 *     c_skip = σ_d² / (σ² + σ_d²)      c_out = σ σ_d / √(σ² + σ_d²)
 *     c_in = 1 / √(σ² + σ_d²)          c_noise = ln(σ) / 4                      (table 1)
 *
 * The score of the noisy density is (D(x; σ) − x) / σ².
 */
import type { Condition, UNet2DConditionModel } from "../models/unet/index.js";
import { add, mul } from "../ops/binary.js";
import { tensor } from "../tensor/create.js";
import type { Tensor } from "../tensor/tensor.js";

/**
 * The UNet's sinusoids are made for times 0 to 999: fed with c_noise itself (−1 to 1), nearly all of
 * them would be constant.
 */
export const TIME_SCALE = 1000;

/** The noise level of each sample, on the host: coefficients are computed in float64. */
export type Sigmas = readonly number[];

/** D(x; σ, c): x [N, C, H, W] and N noise levels → the denoised x₀ [N, C, H, W]. */
export type Denoiser = (x: Tensor, sigma: Sigmas, condition: Condition) => Tensor;

export function edmDenoiser(unet: UNet2DConditionModel, sigma_data: number): Denoiser {
  return (x, sigma, condition) => {
    const s = precondition(sigma, sigma_data);
    const time = s.c_noise.map((c) => TIME_SCALE * c);
    const c_noise = tensor(x.device, time, [sigma.length], { label: "c_noise" });
    const F = unet.forward(mul(x, perSample(x, s.c_in)), c_noise, condition);
    return add(mul(x, perSample(x, s.c_skip)), mul(F, perSample(x, s.c_out)));
  };
}

export function precondition(sigma: Sigmas, sigma_data: number) {
  const total = sigma.map((s) => s * s + sigma_data * sigma_data);
  return {
    c_skip: total.map((v) => (sigma_data * sigma_data) / v),
    c_out: sigma.map((s, i) => (s * sigma_data) / Math.sqrt(total[i] ?? 1)),
    c_in: total.map((v) => 1 / Math.sqrt(v)),
    c_noise: sigma.map((s) => Math.log(s) / 4),
  };
}

/** One value for each sample, shaped to broadcast over a tensor like `x`. */
export function perSample(x: Tensor, values: readonly number[]): Tensor {
  const shape = [values.length, ...Array<number>(x.rank - 1).fill(1)];
  return tensor(x.device, values, shape, { label: "per sample" });
}

/** x_σ = x₀ + σ ε */
export function diffuse(x0: Tensor, sigma: Sigmas, noise: Tensor): Tensor {
  return add(x0, mul(noise, perSample(x0, sigma)));
}
