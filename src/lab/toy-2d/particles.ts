/**
 * The generator's diffused density from its own samples x_j, instead of a network:
 *
 *     p_σ(x) = 1/M Σ_j N(x; x_j, σ² I)        s(x) = (Σ_j γ_j x_j − x) / σ²
 *
 * With M samples it is noisy where σ is small: few lie within σ of a point.
 */
import { div, mul, sub } from "../../ops/binary.js";
import { logsumexp } from "../../ops/logsumexp.js";
import { matmul } from "../../ops/matmul.js";
import { reshape } from "../../ops/reshape.js";
import { softmax } from "../../ops/softmax.js";
import { sum } from "../../ops/sum.js";
import { log, square } from "../../ops/unary.js";
import type { Tensor } from "../../tensor/tensor.js";

/** x [B, N, 2], samples [B, M, 2], σ² [B, N, 1] → [B, N, M], without −‖x‖² / 2σ². */
function logits(x: Tensor, samples: Tensor, sigma2: Tensor): Tensor {
  const cross = matmul(x, samples, { transposeB: true });
  const squares = sum(square(samples), { axes: 2, keepDims: true });
  const [B, M] = [samples.dim(0), samples.dim(1)];
  return div(sub(cross, mul(reshape(squares, [B, 1, M]), 0.5)), sigma2);
}

/** E[x₀ | x], the x₀-prediction of the samples: [B, N, 2] */
export function particleDenoised(x: Tensor, samples: Tensor, sigma2: Tensor): Tensor {
  return matmul(softmax(logits(x, samples, sigma2)), samples);
}

/** log p_σ(x) [B, N, 1] */
export function particleLogDensity(x: Tensor, samples: Tensor, sigma2: Tensor): Tensor {
  const lse = logsumexp(logits(x, samples, sigma2), { axes: 2, keepDims: true });
  const size = div(mul(sum(square(x), { axes: 2, keepDims: true }), 0.5), sigma2);
  return sub(sub(lse, size), log(mul(sigma2, 2 * Math.PI * samples.dim(1))));
}
