/** Diffusion and first variations, against definitions and finite differences. */
import { describe, expect, test } from "vitest";
import { ALL } from "../../../src/lab/exact-1d/arms.js";
import { Diffusion, pointsOf } from "../../../src/lab/exact-1d/diffusion.js";
import {
  type Distance,
  Divergence,
  kl,
  pseudoHuber,
  sid,
} from "../../../src/lab/exact-1d/divergence.js";
import { makeProblem } from "../../../src/lab/exact-1d/problem.js";
import { kl as cleanKl } from "../../../src/lab/metrics/index.js";
import { Key } from "../../../src/tensor/key.js";

const problem = makeProblem(0, 8, Key.from(1));
const { line, points, masses: q, sigmas } = problem;

function normalised(values: Float64Array): Float64Array {
  const total = values.reduce((a, b) => a + b, 0);
  return values.map((v) => v / total);
}
/** Something that is not the reference, with mass in the same places. */
const p = normalised(
  q.map((m, i) => m * Math.exp(Math.sin(3 * (points[i] ?? 0)) + 0.1 * (points[i] ?? 0))),
);
const N = p.length;

test("a diffused density is the mixture of its atoms' Gaussians, its slope the derivative", () => {
  const diffusion = new Diffusion(line, sigmas);
  const diffused = diffusion.diffuse(p);
  diffusion.levels.forEach(({ sigma, line: level }, k) => {
    const { density, slope } = diffused[k]!;
    pointsOf(level).forEach((x, j) => {
      let [exact, derivative] = [0, 0];
      for (let i = 0; i < N; i++) {
        const z = (x - points[i]!) / sigma;
        const mass = (p[i]! * Math.exp((-z * z) / 2)) / (sigma * Math.sqrt(2 * Math.PI));
        exact += mass;
        derivative -= (mass * z) / sigma;
      }
      if (exact < 1e-6) return;
      expect(Math.abs(density[j]! / exact - 1)).toBeLessThan(1e-7);
      expect(Math.abs(slope[j]! - derivative) * sigma).toBeLessThan(1e-6 * exact);
    });
  });
});

test("adjoint is the transpose of diffuse", () => {
  const diffusion = new Diffusion(line, sigmas);
  const parts = diffusion.diffuse(p).map(({ density }, k) => ({
    density: density.map((_, j) => Math.sin(j + k)),
    slope: density.map((_, j) => Math.cos(2 * j - k)),
  }));
  const left = diffusion.diffuse(p).reduce((sum, { density, slope }, k) => {
    const { density: u, slope: v } = parts[k]!;
    return sum + density.reduce((s, d, j) => s + d * u[j]! + slope[j]! * v[j]!, 0);
  }, 0);
  const right = diffusion.adjoint(parts).reduce((sum, v, i) => sum + v * p[i]!, 0);
  expect(right).toBeCloseTo(left, 9);
});

/** E_π d(s_p − s_q), π fixed, with nothing of the code under test but the diffusion. */
function frozenValue(pi: Float64Array, at: Float64Array, d: (y: number) => number): number {
  const diffusion = new Diffusion(line, sigmas);
  const [of_pi, of_p, of_q] = [pi, at, q].map((m) => diffusion.diffuse(m));
  return diffusion.levels.reduce((sum, { line: level }, k) => {
    const [a, b, c] = [of_pi![k]!, of_p![k]!, of_q![k]!];
    return a.density.reduce((s, mass, j) => {
      const y = b.slope[j]! / b.density[j]! - c.slope[j]! / c.density[j]!;
      return s + level.step * mass * d(y);
    }, sum);
  }, 0);
}

describe("first variations are the derivatives of their values", () => {
  const c = 0.3;
  const cells = [150, 160, 195, 224, 260];
  const weights = sigmas.map(() => 1);
  const full = (distance: Distance) => (at: Float64Array) =>
    new Divergence(problem, { distance, weights }).at(at).value;
  const cases: readonly (readonly [string, Distance, (at: Float64Array) => number])[] = [
    ["KL", kl, full(kl)],
    ["full Fisher", sid(0.5), full(sid(0.5))],
    ["L2, sampling frozen", sid(1), (at) => frozenValue(p, at, (y) => y * y)],
    [
      "pseudo-Huber, sampling frozen",
      pseudoHuber(() => c),
      (at) => frozenValue(p, at, (y) => Math.sqrt(y * y + c * c) - c),
    ],
  ];
  test.each(cases)("%s", (_, distance, value) => {
    const { potential } = new Divergence(problem, { distance, weights }).at(p);
    for (const i of cells) {
      const h = 1e-3 * p[i]!;
      const moved = [h, -h].map((step) => value(p.map((m, j) => (j === i ? m + step : m))));
      const numeric = (moved[0]! - moved[1]!) / (2 * h);
      expect(Math.abs(potential[i]! - numeric)).toBeLessThan(2e-5 * Math.max(1, Math.abs(numeric)));
    }
  });

  test("SiD lies on the line through α = ½ and α = 1", () => {
    const at = (alpha: number) =>
      new Divergence(problem, { distance: sid(alpha), weights }).at(p).potential;
    const [half, one, more] = [at(0.5), at(1), at(1.2)];
    more.forEach((v, i) => {
      expect(v).toBeCloseTo(one[i]! + 0.4 * (one[i]! - half[i]!), 6);
    });
  });
});

test("de Bruijn: KL(p‖q) = ∫ σ² E‖s_p − s_q‖² d ln σ, to 1 %", () => {
  const count = 80;
  const [low, high] = [0.15, 120];
  const levels = Array.from({ length: count }, (_, k) => low * (high / low) ** (k / (count - 1)));
  const spacing = Math.log(high / low) / (count - 1);
  const weights = levels.map((s, k) => s * s * spacing * (k === 0 || k === count - 1 ? 0.5 : 1));
  const score = new Divergence(
    { line, masses: q, sigmas: levels },
    { distance: sid(0.5), weights },
  );
  const first = { line, masses: q, sigmas: [low] };
  const exact = new Divergence(first, { distance: kl, weights: [1] }).at(p).value;
  expect(score.at(p).value / exact).toBeGreaterThan(0.99);
  expect(score.at(p).value / exact).toBeLessThan(1.01);
  expect(exact).toBeLessThan(cleanKl(p, q));
});

test("at low noise scores are blind to the modes' weights, KL is not", () => {
  const tilted = normalised(q.map((m, i) => m * (points[i]! > 4 ? 9 : 1)));
  const first = { line, masses: q, sigmas: [0.15] };
  const value = (distance: Distance) =>
    new Divergence(first, { distance, weights: [1] }).at(tilted).value;
  expect(value(kl)).toBeGreaterThan(0.4);
  expect(value(sid(1))).toBeLessThan(0.01);
});

test("every arm is 0 at the reference", () => {
  for (const { distance, id } of ALL.table) {
    const weights = sigmas.map(() => 1);
    const { value, potential } = new Divergence(problem, { distance, weights }).at(q);
    expect(Math.abs(value), id).toBeLessThan(1e-12);
    const mean = potential.reduce((sum, v, i) => sum + v * q[i]!, 0);
    const worst = potential.reduce(
      (w, v, i) => Math.max(w, q[i]! > 1e-9 ? Math.abs(v - mean) : 0),
      0,
    );
    expect(worst, id).toBeLessThan(1e-6);
  }
});
