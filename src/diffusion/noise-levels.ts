/**
 * Noise levels: where to train, and where to step.
 */
import type { Key } from "../tensor/key.js";
import { drawSigmas, logUniform, type NoiseRange } from "./time-distributions.js";

/** ln σ ~ N(P_mean, P_std²), cut to [sigma_min, sigma_max] (EDM table 1). */
export interface LogNormal {
  readonly P_mean: number;
  readonly P_std: number;
  readonly sigma_min: number;
  readonly sigma_max: number;
}

/** n noise levels with ln σ normal, cut to the range; the same key gives the same levels. */
export function logNormalSigmas(key: Key, n: number, options: LogNormal): number[] {
  const { P_mean, P_std, sigma_min, sigma_max } = options;
  return Array.from({ length: n }, (_, i) => {
    const sigma = Math.exp(P_mean + P_std * standardNormal(key.fold(i)));
    return Math.min(sigma_max, Math.max(sigma_min, sigma));
  });
}

/**
 * ln σ uniform in [ln sigma_min, ln sigma_max]: the density under which w = σ² is clean KL.
 * n numbers; the same key gives the same levels.
 */
export function logUniformSigmas(key: Key, n: number, range: NoiseRange): number[] {
  return drawSigmas(key, n, logUniform(range));
}

/**
 * The sampler's grid, falling from sigma_max to sigma_min, then 0 (EDM eq. 5).
 * → steps + 1 numbers. ρ = 7 spends most steps at low noise.
 */
export function karrasSigmas(
  steps: number,
  { sigma_min, sigma_max, rho = 7 }: { sigma_min: number; sigma_max: number; rho?: number },
): number[] {
  const [low, high] = [sigma_min ** (1 / rho), sigma_max ** (1 / rho)];
  const grid = Array.from({ length: steps }, (_, i) => {
    const u = steps === 1 ? 0 : i / (steps - 1);
    return (high + u * (low - high)) ** rho;
  });
  return [...grid, 0];
}

/** Box–Muller on two numbers of the key. */
function standardNormal(key: Key): number {
  const [a, b] = [key.fold(0).uniform(), key.fold(1).uniform()];
  return Math.sqrt(-2 * Math.log(1 - a)) * Math.cos(2 * Math.PI * b);
}
