import { describe, expect, test } from "vitest";
import { quantile, relativeError, summarise } from "../../benchmarks/statistics.js";

describe("statistics", () => {
  test("the median lies between neighbours on a line", () => {
    expect(quantile([1, 2, 3, 10], 0.5)).toBe(2.5);
    expect(quantile([4], 0.25)).toBe(4);
    expect(quantile([], 0.5)).toBeNaN();
  });

  test("times in any order: median, least, half the quartiles' distance", () => {
    const { medianMs, minMs, spread, samples } = summarise([5, 1, 3, 2, 4]);
    expect({ medianMs, minMs, samples }).toEqual({ medianMs: 3, minMs: 1, samples: 5 });
    expect(spread).toBeCloseTo((4 - 2) / 2 / 3, 12);
  });

  test("an error is relative to the largest value that was expected", () => {
    const of = (got: number[], want: number[]): number =>
      relativeError(Float64Array.from(got), Float64Array.from(want));
    expect(of([1, 2.5], [1, 2])).toBe(0.25);
    expect(of([1, Number.NaN], [1, 2])).toBe(Number.POSITIVE_INFINITY);
    expect(of([1], [1, 2])).toBe(Number.POSITIVE_INFINITY);
    expect(of([0, 0], [0, 0])).toBe(0);
    expect(of([0.5], [0])).toBe(0.5);
  });
});
