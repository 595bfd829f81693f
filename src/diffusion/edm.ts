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

import { UsageError } from "../errors.js";
import type { Condition, UNet2DConditionModel } from "../models/unet/index.js";
import { add, mul } from "../ops/binary.js";
import { fuse } from "../ops/fuse.js";
import { reshape } from "../ops/reshape.js";
import { tensor } from "../tensor/create.js";
import { Tensor } from "../tensor/tensor.js";

/**
 * The UNet's sinusoids are made for times 0 to 999: fed with c_noise itself (−1 to 1), nearly all of
 * them would be constant.
 */
export const TIME_SCALE = 1000;

/**
 * The noise level of each sample: numbers, with coefficients computed on the host in float64; or
 * those coefficients as tensors, which are inputs of a captured step.
 */
export type Sigmas = readonly number[] | LevelTensors;

/** What is computed from σ, one value for each sample: see the header, and λ in loss.ts. */
export interface Levels<T> {
  readonly sigma: T;
  readonly c_skip: T;
  readonly c_out: T;
  readonly c_in: T;
  /** 1000 c_noise */
  readonly time: T;
  readonly lambda: T;
}

/** Coefficients [N] each, made for one σ_d. */
export interface LevelTensors extends Levels<Tensor> {
  readonly sigma_data: number;
}

/**
 * D(x; σ, c): x [N, C, H, W] and N noise levels → the denoised x₀ [N, C, H, W]. A `Denoiser<Sigmas>`
 * takes levels as numbers and as tensors.
 */
export type Denoiser<S extends Sigmas = readonly number[]> = (
  x: Tensor,
  sigma: S,
  condition: Condition,
) => Tensor;

/**
 * D of the header around `unet`: x [N, C, H, W], N noise levels → x₀ [N, C, H, W].
 * @param sigma_data standard deviation of the data, in the units of x.
 * @throws UsageError when levels were prepared for another σ_d.
 */
export function edmDenoiser(unet: UNet2DConditionModel, sigma_data: number): Denoiser<Sigmas> {
  return (x, sigma, condition) => {
    const s = levelsOf(sigma, sigma_data);
    const time =
      s.time instanceof Tensor
        ? s.time
        : tensor(x.device, s.time, [s.time.length], { label: "c_noise" });
    const F = unet.forward(mul(x, perSample(x, s.c_in)), time, condition);
    return blend(x, F, perSample(x, s.c_skip), perSample(x, s.c_out));
  };
}

const blend = fuse("edm", (x, F, c_skip, c_out) => add(mul(x, c_skip), mul(F, c_out)));
const addNoise = fuse("diffuse", (x0, noise, sigma) => add(x0, mul(noise, sigma)));

/** Coefficients of noise levels on the host, or the tensors that were given. */
export function levelsOf(sigma: Sigmas, sigma_data: number): Levels<readonly number[] | Tensor> {
  if (!("sigma_data" in sigma)) return levelValues(sigma, sigma_data);
  if (sigma.sigma_data === sigma_data) return sigma;
  throw new UsageError(
    `denoiser: noise levels were prepared for σ_d ${sigma.sigma_data}, and the model has ` +
      `${sigma_data}. Prepare levels for each model.`,
  );
}

/**
 * N noise levels → everything that is computed from them, N numbers each, in float64. Given as
 * inputs to a captured step, they become its LevelTensors.
 */
export function levelValues(sigma: readonly number[], sigma_data: number): Levels<number[]> {
  const { c_noise, ...rest } = precondition(sigma, sigma_data);
  return {
    sigma: [...sigma],
    ...rest,
    time: c_noise.map((c) => TIME_SCALE * c),
    lambda: sigma.map((s) => (s * s + sigma_data ** 2) / (s * sigma_data) ** 2),
  };
}

/** c_skip, c_out, c_in and c_noise of N noise levels (Karras et al. 2022, table 1). */
export function precondition(sigma: readonly number[], sigma_data: number) {
  const total = sigma.map((s) => s * s + sigma_data * sigma_data);
  return {
    c_skip: total.map((v) => (sigma_data * sigma_data) / v),
    c_out: sigma.map((s, i) => (s * sigma_data) / Math.sqrt(total[i] ?? 1)),
    c_in: total.map((v) => 1 / Math.sqrt(v)),
    c_noise: sigma.map((s) => Math.log(s) / 4),
  };
}

/**
 * One value for each sample, shaped to broadcast over a tensor like `x`.
 * N values → [N, 1, …], of the rank of x.
 */
export function perSample(x: Tensor, values: readonly number[] | Tensor): Tensor {
  const ones = Array<number>(x.rank - 1).fill(1);
  if (values instanceof Tensor) return reshape(values, [values.size, ...ones]);
  return tensor(x.device, values, [values.length, ...ones], { label: "per sample" });
}

/**
 * x_σ = x₀ + σ ε
 * x0 and noise [N, …], N noise levels → [N, …].
 */
export function diffuse(x0: Tensor, sigma: Sigmas, noise: Tensor): Tensor {
  return addNoise(x0, noise, perSample(x0, "sigma_data" in sigma ? sigma.sigma : sigma));
}
