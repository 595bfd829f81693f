/**
 * Where a divergence leads, in closed form:
 *
 *     de Bruijn   KL(p ‖ q) = ∫ σ² E_{p_σ} ‖s_p − s_q‖² d ln σ
 *     oracle      max α E r − D  has the optimum p_ref e^{α r} / Z, for the full Fisher divergence
 *                 with w = σ² and ln σ uniform
 *
 * The integral over ln σ runs from sigma_min to sigma_max, and gives KL_{σ_min} − KL_{σ_max}.
 */
import { expect, test } from "vitest";
import { grad } from "../../src/autograd/grad.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import { logUniform } from "../../src/diffusion/time-distributions.js";
import {
  type Divergence,
  fisher,
  l2,
  objectiveLoss,
  objectiveWeights,
  weightFor,
  weightingNamed,
} from "../../src/divergences/index.js";
import { add, div, mul, sub } from "../../src/ops/binary.js";
import { reshape } from "../../src/ops/reshape.js";
import { slice } from "../../src/ops/slice.js";
import { square } from "../../src/ops/unary.js";
import { tensor } from "../../src/tensor/create.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { expectation, HERMITE_3, mixtureScore, product } from "./exact.js";
import { optimum } from "./grid.js";

const host = new ReferenceDevice();
const exactWeight = weightingNamed("sigma2");
/** D is a mean over π; the integral over ln σ is span times that. */
const spanOf = ({ sigma_min, sigma_max }: { sigma_min: number; sigma_max: number }): number =>
  Math.log(sigma_max / sigma_min);

/** Midpoints of ln σ under π, n of them. */
const levels = (range: { sigma_min: number; sigma_max: number }, n: number): number[] =>
  Array.from({ length: n }, (_, i) => logUniform(range).quantile((i + 0.5) / n));

test("de Bruijn: l2 with w = σ² and ln σ uniform is clean KL to 1 %", () => {
  const range = { sigma_min: 0.02, sigma_max: 400 };
  const n = 160;
  const p = { means: [-2, 0.5, 3], weights: [0.3, 0.5, 0.2] };
  const q = { means: [-2.3, 0.2, 2.6], weights: [0.4, 0.25, 0.35] };
  const variance = 0.3;
  const { distance } = l2();
  const at = (sigma: number): number => {
    using _scope = host.scope();
    const v = variance + sigma ** 2;
    const [xs, dx] = line(4 + 7 * Math.sqrt(v), Math.sqrt(v) / 25);
    const column = tensor(host, xs, [xs.length, 1]);
    const [s_p, s_q] = [p, q].map(({ means, weights }) =>
      mixtureScore(tensor(host, means, [3, 1]), weights, v)(column),
    );
    if (!s_p || !s_q) throw new Error("no scores");
    const density = xs.map((x) => dx * mixture(p, v, x));
    const d = expectation(distance(sub(s_p, s_q)), density).reference.flat(0);
    return d * weightFor(exactWeight, { degree: 2, units: "scores" }, sigma);
  };
  const mean = levels(range, n).reduce((total, sigma) => total + at(sigma), 0) / n;
  const [xs, dx] = line(8, 0.005);
  const clean = xs.reduce((total, x) => {
    const density = mixture(p, variance, x);
    return total + dx * density * Math.log(density / mixture(q, variance, x));
  }, 0);
  expect(clean).toBeGreaterThan(0.1);
  expect(Math.abs(mean * spanOf(range) - clean) / clean).toBeLessThan(0.01);
});

function line(limit: number, step: number): [number[], number] {
  const n = Math.ceil(limit / step);
  return [Array.from({ length: 2 * n + 1 }, (_, i) => (i - n) * step), step];
}

function mixture(
  { means, weights }: { readonly means: readonly number[]; readonly weights: readonly number[] },
  variance: number,
  x: number,
): number {
  const norm = Math.sqrt(2 * Math.PI * variance);
  return means.reduce(
    (total, m, k) =>
      total + ((weights[k] ?? 0) / norm) * Math.exp(-((x - m) ** 2) / (2 * variance)),
    0,
  );
}

/**
 * x₀ = μ + s z, reference N(0.3, 0.8), r(x) = x − x²/4: p_ref e^{α r} / Z is N(m*, v*) with
 * 1/v* = 1/v + α/2 and m* = v* (m/v + α). Polynomials of z and ε: three nodes are exact.
 */
function gaussianOptimum(divergence: Divergence, alpha: number): { mu: number; s: number } {
  const [m, v] = [0.3, 0.8];
  const range = { sigma_min: 1e-3, sigma_max: 1e3 };
  const sigmas = levels(range, 60);
  const { columns, weights } = product(HERMITE_3, HERMITE_3);
  const n = weights.length;
  const all = <T>(f: (sigma: number, i: number) => T): T[] =>
    sigmas.flatMap((sigma) => weights.map((_, i) => f(sigma, i)));
  const column = (values: readonly number[]): Tensor =>
    tensor(host, values, [n * sigmas.length, 1]);
  const z = column(all((_, i) => columns[0]?.[i] ?? 0));
  const shift = column(all((sigma, i) => sigma * (columns[1]?.[i] ?? 0)));
  const target = column(all((sigma, i) => -(columns[1]?.[i] ?? 0) / sigma));
  const sigma2 = column(all((sigma) => sigma ** 2));
  const objective = { divergence, weighting: exactWeight, units: "scores" } as const;
  const w = objectiveWeights(
    objective,
    all((sigma) => sigma),
  );
  const scale = all((_, i) => ((weights[i] ?? 0) * spanOf(range)) / sigmas.length);
  const share = all((_, i) => (weights[i] ?? 0) / sigmas.length);
  const loss = (theta: Tensor, frozen: Tensor): Tensor => {
    const [mu, s] = pair(theta);
    const [mu_psi, s_psi] = pair(frozen);
    const x0 = add(mu, mul(s, z));
    const psi = (x: Tensor): Tensor => div(sub(mu_psi, x), add(square(s_psi), sigma2));
    const ref = (x: Tensor): Tensor => div(sub(m, x), add(v, sigma2));
    const given = { psi, ref, target, x_t: add(x0, shift) };
    const d = expectation(objectiveLoss(objective, given, w).loss, scale);
    const r = expectation(reshape(sub(x0, mul(square(x0), 0.25)), [x0.size]), share);
    return sub(d, mul(r, alpha));
  };
  let at = [0, 1.5];
  for (let i = 0; i < 150; i++) {
    using _scope = host.scope();
    const theta = tensor(host, at);
    const [g = theta] = grad((x) => loss(x, theta))(theta);
    at = at.map((value, k) => value - 0.3 * g.reference.flat(k));
  }
  return { mu: at[0] ?? 0, s: at[1] ?? 0 };
}

const pair = (theta: Tensor): [Tensor, Tensor] => [
  slice(theta, { axis: 0, start: 0, end: 1 }),
  slice(theta, { axis: 0, start: 1, end: 2 }),
];

test("oracle, by the loss itself: a Gaussian generator reaches p_ref e^{αr} / Z", () => {
  using _scope = host.scope();
  const alpha = 1.4;
  const width = 1 / (1 / 0.8 + alpha / 2);
  const want = { mu: width * (0.3 / 0.8 + alpha), s: Math.sqrt(width) };
  const got = gaussianOptimum(fisher(), alpha);
  expect(got.mu).toBeCloseTo(want.mu, 4);
  expect(got.s).toBeCloseTo(want.s, 4);
  // With the sampling density frozen the fixed point is another one.
  expect(Math.abs(gaussianOptimum(l2(), alpha).s - want.s)).toBeGreaterThan(0.01);
});

test("oracle, nonparametric: a density on a grid reaches p_ref e^{αr} / Z", () => {
  const { exact } = fisher();
  if (exact?.of !== "scores") throw new Error("no distance");
  expect(exact.moving).toBe(1);
  const range = { sigma_min: 0.08, sigma_max: 40 };
  const weigh = (sigma: number): number =>
    (weightFor(exactWeight, { degree: 2, units: "scores" }, sigma) * spanOf(range)) / 24;
  const { got, want, start } = optimum({
    distance: exact.distance,
    levels: levels(range, 24).map((sigma) => ({ sigma, weight: weigh(sigma) })),
    alpha: 1.2,
    steps: 60,
  });
  const apart = (p: readonly number[]): number =>
    0.5 * p.reduce((total, v, i) => total + Math.abs(v - (want[i] ?? 0)), 0);
  expect(apart(start)).toBeGreaterThan(0.3);
  expect(apart(got)).toBeLessThan(0.01);
});
