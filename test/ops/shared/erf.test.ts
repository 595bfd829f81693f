import fc from "fast-check";
import { expect, test } from "vitest";
import { erf, normalCdf, normalPdf } from "../../../src/ops/shared/erf.js";

/** Abramowitz and Stegun, table 7.1. */
test.each([
  [0, 0],
  [0.5, 0.5204998778130465],
  [1, 0.8427007929497149],
  [2, 0.9953222650189527],
  [3, 0.9999779095030014],
  [7, 1],
])("erf %d", (x, want) => {
  expect(erf(x)).toBeCloseTo(want, 14);
  expect(erf(-x)).toBeCloseTo(-want, 14);
});

const reals = fc.double({ min: -6, max: 6, noNaN: true });

test("erf rises from −1 to 1 and is odd", () => {
  fc.assert(
    fc.property(reals, reals, (a, b) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      expect(erf(low)).toBeLessThanOrEqual(erf(high) + 4e-15);
      expect(erf(-a)).toBe(-erf(a));
      expect(Math.abs(erf(a))).toBeLessThanOrEqual(1 + 2e-15);
    }),
  );
});

test("the density is the slope of the distribution function", () => {
  fc.assert(
    fc.property(reals, (x) => {
      const h = 1e-5;
      const slope = (normalCdf(x + h) - normalCdf(x - h)) / (2 * h);
      expect(slope).toBeCloseTo(normalPdf(x), 9);
    }),
  );
});
