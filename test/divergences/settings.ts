/**
 * Two settings in which everything is known: scores, densities, and expectations by quadrature.
 *
 *     1-D   x₀ = θ₀ + θ₁ z + θ₂ z²                          reference: two Gaussians
 *     2-D   x₀ = (θ₀ + θ₁ z₁, θ₂ + θ₃ z₁ + θ₄ z₂)           reference: three Gaussians
 *
 * On the nodes of z the 1-D generator is a mixture of Gaussians once noise is added; the 2-D one is
 * Gaussian. Scores and log densities are functions of θ too, so that exact gradients follow.
 */
import type { Device } from "../../src/device/types.js";
import type { Field, Units } from "../../src/divergences/index.js";
import { add, div, mul, sub } from "../../src/ops/binary.js";
import { concat } from "../../src/ops/concat.js";
import { logsumexp } from "../../src/ops/logsumexp.js";
import { matmul } from "../../src/ops/matmul.js";
import { reshape } from "../../src/ops/reshape.js";
import { slice } from "../../src/ops/slice.js";
import { softmax } from "../../src/ops/softmax.js";
import { sum } from "../../src/ops/sum.js";
import { log, square } from "../../src/ops/unary.js";
import { tensor } from "../../src/tensor/create.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { asDenoiser, linear, mixtureScore, product, trapezoid } from "./exact.js";

/** Nodes z [N, k] and noise ε [N, dim], row by row, with weights that sum to 1. */
export interface Draw {
  readonly z: readonly number[];
  readonly noise: readonly number[];
  readonly weights: readonly number[];
}

/** At one σ, on one device. */
export interface Exactly {
  readonly theta: Tensor;
  /** θ → x₀ [N, dim] */
  generate(theta: Tensor): Tensor;
  score(theta: Tensor): Field;
  /** ln p_θ,σ: x [N, dim] → [N], up to a constant */
  logDensity(theta: Tensor): Field;
  readonly ref: Field;
  readonly logRef: Field;
}

export interface Setting {
  readonly name: string;
  readonly dim: number;
  readonly sigma: number;
  /** Nodes whose weighted sum is the expectation. */
  readonly nodes: Draw;
  at(device: Device, draw: Draw, sigma: number): Exactly;
}

const CURVE = { theta: [0.3, 1.1, 0.25], sigma: 0.8, z: trapezoid(5.6, 45) };
const powers = (x: readonly number[]): number[][] => [0, 1, 2].map((p) => x.map((v) => v ** p));

const curve: Setting = {
  name: "1-D",
  dim: 1,
  sigma: CURVE.sigma,
  nodes: (() => {
    const { columns, weights } = product(CURVE.z, trapezoid(5.6, 41));
    const [z = [], noise = []] = columns;
    return { z, noise, weights };
  })(),
  at: (device, { z }, sigma) => {
    const variance = 0.49 + sigma ** 2;
    const means = tensor(device, [-2, 3], [2, 1]);
    const centres = (theta: Tensor) => linear(device, theta, powers(CURVE.z.at));
    return {
      theta: tensor(device, CURVE.theta),
      generate: (theta) => linear(device, theta, powers(z)),
      score: (theta) => mixtureScore(centres(theta), CURVE.z.weights, sigma ** 2),
      logDensity: (theta) => logMixture(centres(theta), CURVE.z.weights, sigma ** 2),
      ref: mixtureScore(means, [0.4, 0.6], variance),
      logRef: logMixture(means, [0.4, 0.6], variance),
    };
  },
};

/** ln Σ_k w_k N(x; m_k, v) in 1-D, with its constant: x [N, 1] → [N] */
function logMixture(means: Tensor, weights: readonly number[], variance: number): Field {
  const norm = -0.5 * Math.log(2 * Math.PI * variance);
  const bias = tensor(
    means.device,
    weights.map((w) => Math.log(w) + norm),
    [1, weights.length],
  );
  const row = reshape(means, [1, weights.length]);
  return (x) => logsumexp(add(mul(square(sub(row, x)), -0.5 / variance), bias), { axes: 1 });
}

const PLANE_THETA = [0.4, 0.9, -0.3, 0.35, 0.7];
const PLANE_MEANS = [-1.2, 0.4, 1.1, 0.8, 0.2, -1.3];
const PLANE_WEIGHTS = [0.5, 0.3, 0.2];

const plane: Setting = {
  name: "2-D",
  dim: 2,
  sigma: 0.9,
  nodes: (() => {
    const nodes = trapezoid(4.8, 13);
    const { columns, weights } = product(nodes, nodes, nodes, nodes);
    const pairs = (c: number): number[] =>
      weights.flatMap((_, i) => [columns[c]?.[i] ?? 0, columns[c + 1]?.[i] ?? 0]);
    return { z: pairs(0), noise: pairs(2), weights };
  })(),
  at: (device, { z }, sigma) => ({
    theta: tensor(device, PLANE_THETA),
    generate: (theta) => {
      const [t0, t1, t2, t3, t4] = entries(theta);
      const nodes = tensor(device, z, [z.length / 2, 2]);
      const [z1, z2] = columnsOf(nodes);
      return concat([add(mul(z1, t1), t0), add(add(mul(z1, t3), mul(z2, t4)), t2)], 1);
    },
    score: (theta) => gaussianOf(theta, sigma).score,
    logDensity: (theta) => gaussianOf(theta, sigma).logDensity,
    ...threeGaussians(device, 0.5 + sigma ** 2),
  }),
};

type Five = [Tensor, Tensor, Tensor, Tensor, Tensor];

/** θ [5] → five tensors [1, 1] */
function entries(theta: Tensor): Five {
  return [0, 1, 2, 3, 4].map((i) =>
    reshape(slice(theta, { axis: 0, start: i, end: i + 1 }), [1, 1]),
  ) as Five;
}

/** x [N, 2] → two columns [N, 1] */
function columnsOf(x: Tensor): [Tensor, Tensor] {
  const column = (c: number): Tensor => slice(x, { axis: 1, start: c, end: c + 1 });
  return [column(0), column(1)];
}

/** N(m, L Lᵀ + σ² I), its inverse covariance written out. */
function gaussianOf(theta: Tensor, sigma: number): { score: Field; logDensity: Field } {
  const [t0, t1, t2, t3, t4] = entries(theta);
  const a = add(square(t1), sigma ** 2);
  const b = mul(t1, t3);
  const c = add(add(square(t3), square(t4)), sigma ** 2);
  const det = sub(mul(a, c), square(b));
  const pull = (x: Tensor): [Tensor, Tensor, Tensor, Tensor] => {
    const [x1, x2] = columnsOf(x);
    const [u, v] = [sub(x1, t0), sub(x2, t2)];
    return [u, v, div(sub(mul(b, v), mul(c, u)), det), div(sub(mul(b, u), mul(a, v)), det)];
  };
  return {
    score: (x) => {
      const [, , s1, s2] = pull(x);
      return concat([s1, s2], 1);
    },
    logDensity: (x) => {
      const [u, v, s1, s2] = pull(x);
      const power = mul(add(mul(u, s1), mul(v, s2)), 0.5);
      const whole = sub(power, add(mul(log(det), 0.5), Math.log(2 * Math.PI)));
      return reshape(whole, [x.dim(0)]);
    },
  };
}

function threeGaussians(device: Device, variance: number): { ref: Field; logRef: Field } {
  const means = tensor(device, PLANE_MEANS, [3, 2]);
  const transposed = tensor(
    device,
    [0, 2, 4, 1, 3, 5].map((i) => PLANE_MEANS[i] ?? 0),
    [2, 3],
  );
  const bias = PLANE_WEIGHTS.map(
    (w, k) =>
      Math.log(w) -
      ((PLANE_MEANS[2 * k] ?? 0) ** 2 + (PLANE_MEANS[2 * k + 1] ?? 0) ** 2) / (2 * variance),
  );
  const logits = (x: Tensor): Tensor =>
    add(mul(matmul(x, transposed), 1 / variance), tensor(device, bias, [1, 3]));
  return {
    ref: (x) => mul(sub(matmul(softmax(logits(x)), means), x), 1 / variance),
    logRef: (x) => {
      const far = mul(sum(square(x), { axes: 1 }), -0.5 / variance);
      return add(logsumexp(logits(x), { axes: 1 }), sub(far, Math.log(2 * Math.PI * variance)));
    },
  };
}

export const SETTINGS: readonly Setting[] = [curve, plane];

/** A field of scores in the unit asked for. */
export const inUnits = (units: Units, score: Field, sigma: number): Field =>
  units === "scores" ? score : asDenoiser(score, sigma);
