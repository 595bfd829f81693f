import { describe, expect, test } from "vitest";
import {
  colourDrift,
  colourFigures,
  colourStatistics,
  distanceToNearest,
} from "../../src/evaluation/index.js";
import { halves, plain, stack } from "./constructed.js";

describe("colour", () => {
  test("grey has no saturation and no colour", () => {
    expect(colourFigures(plain(0.2))).toEqual({ saturation: 0, colourfulness: 0, clipped: 0 });
    expect(colourFigures(plain(-1)).saturation).toBe(0);
  });

  test("pure red: S = 1; rg = 255, yb = 127.5, no spread; all clipped", () => {
    const red = colourFigures(plain(1, -1, -1));
    expect(red.saturation).toBeCloseTo(1, 9);
    expect(red.colourfulness).toBeCloseTo(0.3 * Math.hypot(255, 127.5), 6);
    expect(red.clipped).toBeCloseTo(1, 9);
  });

  test("half red, half green: rg = ±255 spreads, yb = 127.5 does not", () => {
    const both = colourFigures(halves(plain(1, -1, -1), plain(-1, 1, -1)));
    expect(both.colourfulness).toBeCloseTo(255 + 0.3 * 127.5, 6);
  });

  test("values beyond the range are clipped pixels, and count as its end", () => {
    const over = colourFigures(halves(plain(1.5, 0, 0), plain(0)));
    expect(over.clipped).toBeCloseTo(0.5, 9);
    expect(over.saturation).toBeCloseTo(0.25, 9);
  });

  test("drift is in standard deviations of the reference", () => {
    // Saturations 0.5 and 1: mean 0.75, deviation 0.25. The set has 1: drift 1.
    const reference = colourStatistics(stack(plain(1, 0, 0), plain(1, -1, -1)));
    expect(reference.mean.saturation).toBeCloseTo(0.75, 6);
    expect(reference.deviation.saturation).toBeCloseTo(0.25, 6);
    const drift = colourDrift(colourStatistics(plain(1, -1, -1)), reference);
    expect(drift.saturation).toBeCloseTo(1, 6);
    expect(drift.clipped).toBe(0);
    expect(colourDrift(reference, reference)).toEqual({
      saturation: 0,
      colourfulness: 0,
      clipped: 0,
    });
  });
});

describe("distanceToNearest", () => {
  test("finds the copy, and the nearest of others", () => {
    const known = stack(plain(-1), plain(0.5), plain(1));
    const [copy, near] = distanceToNearest(stack(plain(0.5), plain(0.9)), known);
    expect(copy).toEqual({ index: 1, distance: 0 });
    expect(near?.index).toBe(2);
    expect(near?.distance).toBeCloseTo(0.1, 6);
  });

  test("without training pictures there is none", () => {
    expect(distanceToNearest(plain(0), new Float32Array())).toEqual([
      { index: -1, distance: Number.POSITIVE_INFINITY },
    ]);
  });
});
