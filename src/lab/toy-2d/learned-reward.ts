/**
 * A reward as it is learned from people: pairs from the reference, judged by a hidden utility u* with
 * noise, fitted by a Bradley–Terry model that is linear in 49 bumps.
 *
 *     P(a ≻ b) = σ( u*(a) − u*(b) ),      r(x) = Σ_m β_m φ_m(x)
 *     u*(x, y) = 2 sin(3 x / R + 1) + cos(4 y / R),      R: the furthest mode
 *     L(β) = −Σ_pairs log σ( r(winner) − r(loser) ) + ½ λ ‖β‖²
 *
 * r is shifted and scaled to mean 0 and standard deviation 1 on the pairs' points.
 */
import { add, div, mul, sub } from "../../ops/binary.js";
import { matmul } from "../../ops/matmul.js";
import { reshape } from "../../ops/reshape.js";
import { sum } from "../../ops/sum.js";
import { exp, square } from "../../ops/unary.js";
import { tensor } from "../../tensor/create.js";
import type { Key } from "../../tensor/key.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { Point } from "./mixture.js";
import type { Problem } from "./problem.js";
import { drawPoint, furthest } from "./sampling.js";

const PAIRS = 500;
const SIDE = 7;
const RIDGE = 0.1;
const STEPS = 400;

/** The utility that the comparisons follow. */
export function hiddenUtility(problem: Problem): (point: Point) => number {
  const R = furthest(problem);
  return ([x, y]) => 2 * Math.sin((3 * x) / R + 1) + Math.cos((4 * y) / R);
}

export interface LearnedReward {
  readonly centres: readonly Point[];
  readonly width: number;
  readonly beta: readonly number[];
  readonly shift: number;
}

/** The fit, on the host. */
export function fitReward(problem: Problem, key: Key): LearnedReward {
  const u = hiddenUtility(problem);
  const R = furthest(problem);
  const width = (2.6 * R) / (SIDE - 1);
  const centres = Array.from({ length: SIDE * SIDE }, (_, m): Point => {
    const at = (i: number): number => (i - (SIDE - 1) / 2) * width;
    return [at(m % SIDE), at(Math.floor(m / SIDE))];
  });
  const pairs = Array.from({ length: PAIRS }, (_, n) => {
    const pair = key.fold(n);
    const [a, b] = [drawPoint(problem, pair.fold(0)), drawPoint(problem, pair.fold(1))];
    const wins = pair.uniform() < logistic(u(a) - u(b));
    return wins
      ? [bumps(a, centres, width), bumps(b, centres, width)]
      : [bumps(b, centres, width), bumps(a, centres, width)];
  });
  const beta = descend(
    pairs.map(([winner = [], loser = []]) => winner.map((f, m) => f - (loser[m] ?? 0))),
  );
  const values = pairs.flat().map((f) => f.reduce((sum, v, m) => sum + v * (beta[m] ?? 0), 0));
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
  const scale = 1 / Math.sqrt(variance);
  return { centres, width, beta: Array.from(beta, (b) => b * scale), shift: -mean * scale };
}

export function learnedReward(problem: Problem, key: Key): (x: Tensor) => Tensor {
  const { centres, width, beta, shift } = fitReward(problem, key);
  const M = centres.length;
  return (x) => {
    const means = tensor(x.device, centres.flat(), [M, 2]);
    const squares = tensor(
      x.device,
      centres.map(([a, b]) => a * a + b * b),
      [1, M],
    );
    const cross = mul(matmul(x, means, { transposeB: true }), 2);
    const size = sum(square(x), { axes: 1, keepDims: true });
    const phi = exp(div(sub(cross, add(size, squares)), 2 * width ** 2));
    return add(reshape(matmul(phi, tensor(x.device, beta, [M, 1])), [x.dim(0)]), shift);
  };
}

function bumps([x, y]: Point, centres: readonly Point[], width: number): number[] {
  return centres.map(([a, b]) => Math.exp(-((x - a) ** 2 + (y - b) ** 2) / (2 * width ** 2)));
}

/** Gradient descent on a convex loss; each step is below 1 / its largest curvature. */
function descend(pairs: readonly (readonly number[])[]): Float64Array {
  const M = SIDE * SIDE;
  const beta = new Float64Array(M);
  const rate = 2 / (pairs.length + RIDGE);
  for (let t = 0; t < STEPS; t++) {
    const gradient = beta.map((b) => RIDGE * b);
    for (const pair of pairs) {
      let lead = 0;
      for (let m = 0; m < M; m++) lead += (pair[m] as number) * (beta[m] as number);
      const pull = logistic(-lead);
      for (let m = 0; m < M; m++)
        gradient[m] = (gradient[m] as number) - pull * (pair[m] as number);
    }
    for (let m = 0; m < M; m++) beta[m] = (beta[m] as number) - rate * (gradient[m] as number);
  }
  return beta;
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
