/**
 * Exact scores and exact expectations, for laws that hold to many digits:
 *
 *     p = Σ_k w_k N(m_k, v)        ∇ log p(x) = Σ_k π_k(x) (m_k − x) / v
 *                                  π(x) = softmax_k(ln w_k − (x − m_k)² / 2v)
 *     E f(z, ε) = Σ_i w_i f(z_i, ε_i)        every node a "sample" of the batch
 */
import type { Device } from "../../src/device/types.js";
import type { Field } from "../../src/divergences/index.js";
import { add, mul, sub } from "../../src/ops/binary.js";
import { matmul } from "../../src/ops/matmul.js";
import { reshape } from "../../src/ops/reshape.js";
import { softmax } from "../../src/ops/softmax.js";
import { sum } from "../../src/ops/sum.js";
import { square } from "../../src/ops/unary.js";
import { tensor } from "../../src/tensor/create.js";
import type { Tensor } from "../../src/tensor/tensor.js";

/** The score of a mixture of equally wide Gaussians in 1-D: means [K, 1]; x [N, 1] → [N, 1] */
export function mixtureScore(means: Tensor, weights: readonly number[], variance: number): Field {
  const bias = tensor(means.device, weights.map(Math.log), [1, weights.length]);
  const row = reshape(means, [1, weights.length]);
  return (x) => {
    const distance = sub(row, x);
    const logits = add(mul(square(distance), -0.5 / variance), bias);
    const pull = sum(mul(softmax(logits), distance), { axes: 1, keepDims: true });
    return mul(pull, 1 / variance);
  };
}

/** The denoiser that belongs to a score: f = x + σ² s */
export function asDenoiser(score: Field, sigma: number): Field {
  return (x) => add(x, mul(score(x), sigma * sigma));
}

export interface Nodes {
  readonly at: readonly number[];
  /** They sum to 1. */
  readonly weights: readonly number[];
}

/** The trapezoid rule for E f(z), z ~ N(0, 1), on [−limit, limit]. */
export function trapezoid(limit: number, count: number): Nodes {
  const at = Array.from({ length: count }, (_, i) => limit * ((2 * i) / (count - 1) - 1));
  const density = at.map((z) => Math.exp(-(z * z) / 2));
  const total = density.reduce((a, b) => a + b, 0);
  return { at, weights: density.map((p) => p / total) };
}

/** Gauss–Hermite with three nodes: exact for polynomials up to degree 5. */
export const HERMITE_3: Nodes = {
  at: [-Math.sqrt(3), 0, Math.sqrt(3)],
  weights: [1 / 6, 2 / 3, 1 / 6],
};

/** Every combination of one node from each list: columns of nodes, and the products of weights. */
export function product(...lists: readonly Nodes[]): { columns: number[][]; weights: number[] } {
  let rows: { at: number[]; weight: number }[] = [{ at: [], weight: 1 }];
  for (const { at, weights } of lists) {
    rows = rows.flatMap((row) =>
      at.map((z, i) => ({ at: [...row.at, z], weight: row.weight * (weights[i] ?? 0) })),
    );
  }
  // Corners of the grid weigh nothing.
  rows = rows.filter(({ weight }) => weight > 1e-9);
  const columns = lists.map((_, c) => rows.map((row) => row.at[c] ?? 0));
  return { columns, weights: rows.map((row) => row.weight) };
}

/** Σ_i w_i loss_i: loss [N] → [] */
export function expectation(loss: Tensor, weights: readonly number[]): Tensor {
  return sum(mul(loss, tensor(loss.device, weights)));
}

/** θ [P] and a basis, P columns of N numbers → Σ_p θ_p basis_p as [N, 1] */
export function linear(
  device: Device,
  theta: Tensor,
  basis: readonly (readonly number[])[],
): Tensor {
  const n = basis[0]?.length ?? 0;
  const rows = Array.from({ length: n }, (_, i) => basis.map((column) => column[i] ?? 0)).flat();
  return matmul(tensor(device, rows, [n, basis.length]), reshape(theta, [basis.length, 1]));
}
