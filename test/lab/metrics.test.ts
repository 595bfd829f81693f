/** Metrics of densities, on cases with a known answer. */
import { expect, test } from "vitest";
import * as metrics from "../../src/lab/metrics/index.js";

const step = 0.01;
const points = Float64Array.from({ length: 4001 }, (_, i) => (i - 2000) * step);
const gaussian = (centre: number, width: number): Float64Array => {
  const masses = points.map((x) => Math.exp(-((x - centre) ** 2) / (2 * width ** 2)));
  const total = masses.reduce((a, b) => a + b, 0);
  return masses.map((mass) => mass / total);
};

test("entropy of a Gaussian is ½ log(2πe σ²)", () => {
  const exact = 0.5 * Math.log(2 * Math.PI * Math.E * 0.7 ** 2);
  expect(metrics.entropy(gaussian(1, 0.7), step)).toBeCloseTo(exact, 9);
  expect(metrics.entropy([0, 1, 0], 0.5)).toBeCloseTo(Math.log(0.5), 12);
});

test("KL of two Gaussians is log(b/a) + (a² + (μ − ν)²) / 2b² − ½", () => {
  const [a, b, shift] = [0.8, 1.3, 0.9];
  const exact = Math.log(b / a) + (a * a + shift * shift) / (2 * b * b) - 0.5;
  expect(metrics.kl(gaussian(0, a), gaussian(shift, b))).toBeCloseTo(exact, 9);
  expect(metrics.kl([0.5, 0.5], [0.5, 0.5])).toBe(0);
  expect(metrics.kl([0.5, 0.5], [1, 0])).toBe(Infinity);
});

test("recall is the reference's mass that p holds a tenth of; expectation is a mean", () => {
  expect(metrics.recall([1, 0, 0], [0.5, 0.3, 0.2])).toBe(0.5);
  expect(metrics.recall([0.97, 0.03, 0], [0.5, 0.3, 0.2])).toBeCloseTo(0.8, 12);
  expect(metrics.recall([0.98, 0.02, 0], [0.5, 0.3, 0.2])).toBeCloseTo(0.5, 12);
  expect(metrics.expectation([0.25, 0.75], [4, 8])).toBe(7);
});

test("modes: weights by the nearest centre, n_eff, coverage, mass off the manifold", () => {
  const modes = [
    { centre: -3, width: 1 },
    { centre: 3, width: 0.5 },
  ];
  expect(metrics.nearestMode(2, modes)).toEqual({ k: 1, z: -2 });
  const sample = { points: [-3, -2.5, 3, 0.5], masses: [0.5, 0.2, 0.04, 0.26] };
  expect(metrics.modeWeights(sample, modes)).toEqual([0.96, 0.04]);
  expect(metrics.offManifold(sample, modes)).toBe(0.26);
  // 0.04 is less than 1 / (10 · 2).
  expect(metrics.coverage(sample, modes)).toBe(0.5);
  expect(metrics.effectiveModes([0.5, 0.5])).toBeCloseTo(2, 12);
  expect(metrics.effectiveModes([1, 0])).toBe(1);
});
