/**
 * Heun's method on the probability-flow ODE dx/dσ = (x − D(x; σ)) / σ  (EDM algorithm 1, no churn).
 *
 *     d = (x − D(x; σ_i)) / σ_i            x' = x + (σ_{i+1} − σ_i) d
 *     d' = (x' − D(x'; σ_{i+1})) / σ_{i+1}
 *     x ← x + (σ_{i+1} − σ_i) (d + d') / 2          (x' itself in the last step)
 */
import type { Condition } from "../models/unet/index.js";
import { add, mul, sub } from "../ops/binary.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Denoiser } from "./edm.js";

/** Where to step, under which condition. */
export interface SampleOptions {
  /** Falling noise levels that end with 0: see karrasSigmas. */
  readonly sigmas: readonly number[];
  readonly condition: Condition;
  /** Called after each step with the number of steps done. */
  readonly onStep?: (done: number) => void;
}

/**
 * noise [N, C, H, W] ~ N(0, I) → x₀ [N, C, H, W]
 * 2 · steps − 1 evaluations of the denoiser. Any [N, …] will do where the denoiser takes it.
 */
export function sampleHeun(
  denoiser: Denoiser,
  noise: Tensor,
  { sigmas, condition, onStep }: SampleOptions,
): Tensor {
  const { device } = noise;
  const n = noise.dim(0);
  let x = mul(noise, sigmas[0] ?? 1);
  for (let i = 0; i + 1 < sigmas.length; i++) {
    using scope = device.scope();
    const [now = 1, next = 0] = [sigmas[i], sigmas[i + 1]];
    const slope = (at: Tensor, sigma: number): Tensor =>
      mul(sub(at, denoiser(at, Array<number>(n).fill(sigma), condition)), 1 / sigma);
    const d = slope(x, now);
    const euler = add(x, mul(d, next - now));
    const heun = next === 0 ? euler : add(x, mul(add(d, slope(euler, next)), (next - now) / 2));
    x.dispose();
    x = scope.keep(heun);
    onStep?.(i + 1);
  }
  return x;
}
