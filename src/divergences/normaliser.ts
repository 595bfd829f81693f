/**
 * The normaliser of each sample in DMD and SiD, detached:
 *
 *     n = mean |x₀ − f_ref(x_t)|
 *
 * On scores the same expression, mean |∇ log p_t(x_t | x₀) − s_ref(x_t)|, is n α_t / σ².
 */
import { stopGradient } from "../autograd/grad.js";
import { maximum, sub } from "../ops/binary.js";
import { mean } from "../ops/mean.js";
import { abs } from "../ops/unary.js";
import type { Tensor } from "../tensor/tensor.js";

/** Where a sample is predicted exactly, n would vanish. */
const LEAST = 1e-5;

/** target and ref's value, [N, …] → n [N, 1, …], which broadcasts over them */
export function normaliser(target: Tensor, ref: Tensor): Tensor {
  const axes = Array.from({ length: ref.rank - 1 }, (_, i) => i + 1);
  const error = abs(sub(stopGradient(target), stopGradient(ref)));
  return maximum(mean(error, { axes, keepDims: true }), LEAST);
}
