/**
 * Time distributions: levels within the range, in the order of u; a density that integrates to 1
 * and to u up to quantile(u); the published ranges.
 */
import { describe, expect, test } from "vitest";
import {
  drawSigmas,
  karras,
  logNormal,
  logUniform,
  timeDistribution,
  timeDistributions,
  uniformTime,
} from "../../src/diffusion/index.js";
import { Key } from "../../src/tensor/key.js";

const RANGE = { sigma_min: 0.05, sigma_max: 12 };

describe.each(Object.keys(timeDistributions))("%s", (name) => {
  const pi = timeDistribution(name, RANGE);
  const { formula, source, use } = timeDistributions[name] ?? {};

  test("is described, under its own name", () => {
    expect(pi.name).toBe(name);
    for (const text of [formula, source, use]) expect(text).toMatch(/^\S.*$/);
  });

  test("levels rise with u, within the range", () => {
    const levels = Array.from({ length: 101 }, (_, i) => pi.quantile(i / 100));
    expect(levels).toEqual([...levels].sort((a, b) => a - b));
    expect(levels[0]).toBeCloseTo(pi.sigma_min, 10);
    expect(levels[100]).toBeCloseTo(pi.sigma_max, 8);
    expect(pi.sigma_min).toBeGreaterThanOrEqual(RANGE.sigma_min - 1e-12);
    expect(pi.sigma_max).toBeLessThanOrEqual(RANGE.sigma_max + 1e-9);
    const drawn = drawSigmas(Key.from(3), 50, pi);
    expect(drawSigmas(Key.from(3), 50, pi)).toEqual(drawn);
    for (const sigma of drawn) {
      expect(sigma).toBeGreaterThanOrEqual(pi.sigma_min - 1e-12);
      expect(sigma).toBeLessThanOrEqual(pi.sigma_max + 1e-9);
    }
  });

  test("the density integrates to u, and is 0 outside", () => {
    if (pi.sigma_min === pi.sigma_max) {
      expect([pi.density(pi.sigma_min), pi.density(1)]).toEqual([Infinity, 0]);
      return;
    }
    for (const u of [0.25, 0.6, 1]) {
      expect(integral(pi.density, pi.sigma_min, pi.quantile(u))).toBeCloseTo(u, 4);
    }
    expect([pi.density(RANGE.sigma_min / 2), pi.density(RANGE.sigma_max * 2)]).toEqual([0, 0]);
  });
});

/** The midpoint rule in ln σ. */
function integral(density: (sigma: number) => number, from: number, to: number): number {
  const n = 40_000;
  const step = Math.log(to / from) / n;
  let total = 0;
  for (let i = 0; i < n; i++) {
    const sigma = from * Math.exp((i + 0.5) * step);
    total += density(sigma) * sigma * step;
  }
  return total;
}

test("SiD's range, and Stable Diffusion's levels", () => {
  const edm = { sigma_min: 0.002, sigma_max: 80 };
  expect(timeDistribution("sid", edm).sigma_max).toBeCloseTo(24.4, 1);
  expect(karras(edm).quantile(0.6)).toBeCloseTo(5.84, 2);
  const whole = uniformTime({ sigma_min: 1e-4, sigma_max: 1e4 });
  expect(whole.quantile(0)).toBeCloseTo(0.0292, 4);
  expect(whole.quantile(399 / 999)).toBeCloseTo(1.1606, 4);
  expect(whole.quantile(625 / 999)).toBeCloseTo(2.5017, 4);
  expect(whole.quantile(1)).toBeCloseTo(14.6146, 4);
  // 2 % to 98 % of the times: SiD-LSG's t = 20…979.
  const dmd = timeDistribution("dmd", { sigma_min: 1e-4, sigma_max: 1e4 });
  expect(dmd.sigma_min).toBeCloseTo(0.138, 3);
  expect(dmd.sigma_max).toBeCloseTo(12.97, 2);
});

test("log-normal: its median, and its log's standard deviation where the range cuts nothing", () => {
  const pi = logNormal({ sigma_min: 1e-6, sigma_max: 1e4 });
  expect(Math.log(pi.quantile(0.5))).toBeCloseTo(-1.2, 6);
  expect(Math.log(pi.quantile(0.8413447460685429))).toBeCloseTo(0, 6);
});

test("log-uniform draws are those of the trainer, bit for bit", () => {
  const key = Key.from(9);
  const span = Math.log(RANGE.sigma_max / RANGE.sigma_min);
  const want = Array.from(
    { length: 5 },
    (_, i) => RANGE.sigma_min * Math.exp(span * key.fold(i).uniform()),
  );
  expect(drawSigmas(key, 5, logUniform(RANGE))).toEqual(want);
});

test("an unknown name is answered by the known ones", () => {
  expect(() => timeDistribution("often", RANGE)).toThrowErrorMatchingInlineSnapshot(
    `[UsageError: There is no time distribution often. Known: log-uniform, log-normal, uniform-t, dmd, karras, sid, smallest.]`,
  );
});
