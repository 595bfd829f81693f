/** Bootstrap, Holm, comparison at equal reward. */
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  areaBetween,
  atReward,
  holm,
  PairedBootstrap,
  quantile,
} from "../../src/lab/statistics/index.js";
import { Key } from "../../src/tensor/key.js";

const key = Key.from(7);

test("the bootstrap's interval is that of the mean, as the normal law has it", () => {
  const differences = Array.from({ length: 40 }, (_, i) => 3 + Math.sin(12.9898 * i) * 2);
  const n = differences.length;
  const mean = differences.reduce((a, b) => a + b, 0) / n;
  const sd = Math.sqrt(differences.reduce((a, d) => a + (d - mean) ** 2, 0) / n);
  const found = new PairedBootstrap(n, { key }).interval(differences);
  expect(found.mean).toBeCloseTo(mean, 12);
  expect(found.low).toBeCloseTo(mean - (1.96 * sd) / Math.sqrt(n), 1);
  expect(found.high).toBeCloseTo(mean + (1.96 * sd) / Math.sqrt(n), 1);
  expect(found.p).toBeLessThan(0.001);
});

test("equal differences give a point; mirrored ones a mirrored interval and the same p", () => {
  const bootstrap = new PairedBootstrap(5, { key, resamples: 2000 });
  expect(bootstrap.interval([1, 1, 1, 1, 1])).toMatchObject({ mean: 1, low: 1, high: 1 });
  expect(bootstrap.interval([0, 0, 0, 0, 0])).toEqual({ mean: 0, low: 0, high: 0, p: 1 });
  const values = [0.4, -0.1, 0.3, 0.2, -0.2];
  const [a, b] = [bootstrap.interval(values), bootstrap.interval(values.map((v) => -v))];
  expect(b.low).toBeCloseTo(-a.high, 12);
  expect(b.p).toBe(a.p);
});

test("the bootstrap refuses what it cannot do", () => {
  expect(() => new PairedBootstrap(1, { key })).toThrowErrorMatchingInlineSnapshot(
    `[UsageError: PairedBootstrap: 1 seeds leave nothing to draw from. Give 2 or more.]`,
  );
  const two = new PairedBootstrap(2, { key, resamples: 10 });
  expect(() => two.interval([1])).toThrowErrorMatchingInlineSnapshot(
    `[UsageError: PairedBootstrap: 1 differences for 2 seeds. Give one for each.]`,
  );
});

test("Holm's p-values: the textbook case, and the laws", () => {
  expect(holm([0.01, 0.04, 0.03, 0.005]).map((p) => Number(p.toFixed(6)))).toEqual([
    0.03, 0.06, 0.06, 0.02,
  ]);
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true })), (p) => {
      const adjusted = holm(p);
      p.forEach((value, i) => {
        const most = Math.min(1, p.length * value);
        expect(adjusted[i]).toBeGreaterThanOrEqual(value);
        p.forEach((other, j) => {
          if (value < other) expect(adjusted[i]).toBeLessThanOrEqual(adjusted[j] ?? 0);
        });
        if (value === Math.min(...p)) expect(adjusted[i]).toBe(most);
      });
    }),
  );
});

test("at equal reward: linear between neighbours, undefined out of reach", () => {
  const curve = [
    { reward: 0, entropy: 2 },
    { reward: 0.4, entropy: 1 },
    { reward: 1, entropy: -2 },
  ];
  expect(atReward(curve, 0.1)?.values.entropy).toBeCloseTo(1.75, 12);
  expect(atReward(curve, 0.7)?.values.entropy).toBeCloseTo(-0.5, 12);
  expect(atReward(curve, 0.7)?.gap).toBe(0.6);
  expect(atReward(curve, 0)).toMatchObject({ values: { entropy: 2 }, gap: 0 });
  expect(atReward(curve, 1.1)).toBeUndefined();
  expect(atReward(curve, -0.1)).toBeUndefined();
  const lower = curve.map(({ reward, entropy }) => ({ reward, entropy: entropy - 0.25 }));
  expect(areaBetween([curve, lower], "entropy", { low: 0, high: 1 })).toBeCloseTo(0.25, 12);
  expect(areaBetween([curve, lower], "entropy", { low: 0, high: 2 })).toBeUndefined();
});

test("quantile is linear between sorted values", () => {
  expect([0, 0.25, 0.5, 1].map((part) => quantile([1, 2, 4], part))).toEqual([1, 1.5, 2, 4]);
});
