/**
 * Mixtures of Gaussians of one width in the plane: everything about them is known at every noise.
 *
 *     q_σ(x) = Σ_k π_k N(x; μ_k, v I),      v = s² + σ²
 *     γ_k(x) ∝ π_k exp(−‖x − μ_k‖² / 2v)                       which component, softmax over k
 *     s_ref(x, σ) = (Σ_k γ_k μ_k − x) / v          f_ref = x + σ² s_ref
 */
import type { Device } from "../../device/types.js";
import { add, div, mul, sub } from "../../ops/binary.js";
import { type Fused, fuse } from "../../ops/fuse.js";
import { logsumexp } from "../../ops/logsumexp.js";
import { matmul } from "../../ops/matmul.js";
import { softmax } from "../../ops/softmax.js";
import { sum } from "../../ops/sum.js";
import { log, square } from "../../ops/unary.js";
import { tensor } from "../../tensor/create.js";
import type { Tensor } from "../../tensor/tensor.js";

export type Point = readonly [x: number, y: number];

export interface Mixture {
  readonly means: readonly Point[];
  /** π, sums to 1. */
  readonly weights: readonly number[];
  /** s, the width of every component. */
  readonly width: number;
}

/** A mixture as functions of tensors, made once for a step. σ² is [M, 1] or a number. */
export class MixtureFields {
  private readonly means: Tensor;
  private readonly logWeights: Tensor;
  private readonly squares: Tensor;
  private readonly mixture: Mixture;
  private readonly fusedLogits: Fused;
  private readonly fusedDenoised: Fused;

  constructor(device: Device, mixture: Mixture) {
    const { means, weights } = mixture;
    const K = means.length;
    this.mixture = mixture;
    const s2 = mixture.width ** 2;
    this.fusedLogits = fuse("logits of a mixture", (cross, squares, logWeights, sigma2) =>
      add(div(sub(cross, mul(squares, 0.5)), add(sigma2, s2)), logWeights),
    );
    this.fusedDenoised = fuse("denoised by a mixture", (x, centre, sigma2) =>
      add(x, mul(div(sub(centre, x), add(sigma2, s2)), sigma2)),
    );
    this.means = tensor(device, means.flat(), [K, 2]);
    this.logWeights = tensor(device, weights.map(Math.log), [1, K]);
    this.squares = tensor(
      device,
      means.map(([x, y]) => x * x + y * y),
      [1, K],
    );
  }

  /** v = s² + σ² */
  variance(sigma2: Tensor | number): Tensor | number {
    const s2 = this.mixture.width ** 2;
    return typeof sigma2 === "number" ? s2 + sigma2 : add(sigma2, s2);
  }

  /** Σ_k γ_k μ_k: x [M, 2] → [M, 2] */
  centre(x: Tensor, sigma2: Tensor | number): Tensor {
    return matmul(this.responsibilities(x, sigma2), this.means);
  }

  /** γ: x [M, 2] → [M, K] */
  responsibilities(x: Tensor, sigma2: Tensor | number): Tensor {
    return softmax(this.logits(x, sigma2));
  }

  /** The score: x [M, 2] → [M, 2] */
  score(x: Tensor, sigma2: Tensor | number): Tensor {
    return div(sub(this.centre(x, sigma2), x), this.variance(sigma2));
  }

  /** E[x₀ | x] = (s² x + σ² Σ γ μ) / v: x [M, 2] → [M, 2] */
  denoised(x: Tensor, sigma2: Tensor | number): Tensor {
    if (typeof sigma2 === "number") return add(x, mul(this.score(x, sigma2), sigma2));
    return this.fusedDenoised(x, this.centre(x, sigma2), sigma2);
  }

  /** log q_σ: x [M, 2] → [M, 1] */
  logDensity(x: Tensor, sigma2: Tensor | number): Tensor {
    const v = this.variance(sigma2);
    const lse = logsumexp(this.logits(x, sigma2), { axes: 1, keepDims: true });
    const size = sum(square(x), { axes: 1, keepDims: true });
    const scale = typeof v === "number" ? Math.log(2 * Math.PI * v) : log(mul(v, 2 * Math.PI));
    return sub(sub(lse, div(mul(size, 0.5), v)), scale);
  }

  /** ‖x − μ_k‖² / s²: x [M, 2] → [M, K] */
  squaredDistances(x: Tensor): Tensor {
    const size = sum(square(x), { axes: 1, keepDims: true });
    const cross = matmul(x, this.means, { transposeB: true });
    return div(add(sub(size, mul(cross, 2)), this.squares), this.mixture.width ** 2);
  }

  /** log π_k − ‖x − μ_k‖² / 2v, without the part in ‖x‖² that all k share. */
  private logits(x: Tensor, sigma2: Tensor | number): Tensor {
    const cross = matmul(x, this.means, { transposeB: true });
    const level = typeof sigma2 === "number" ? tensor(x.device, [sigma2], [1, 1]) : sigma2;
    return this.fusedLogits(cross, this.squares, this.logWeights, level);
  }

  dispose(): void {
    for (const x of [this.means, this.logWeights, this.squares]) x.dispose();
  }
}
