import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  promptDiversity,
  rmsDistance,
  symmetricEigenvalues,
  VENDI_BANDWIDTH,
  vendiScore,
} from "../../src/evaluation/index.js";
import { plain, stack } from "./constructed.js";

describe("diversity", () => {
  test("pictures that are all one have distance 0 and a Vendi score of 1", () => {
    const one = plain(0.3);
    const { distance, vendi } = promptDiversity(stack(one, one, one), ["a", "a", "a"]);
    expect(distance).toBe(0);
    expect(vendi).toBeCloseTo(1, 9);
  });

  test("two pictures at distance d: the closed form of 2 × 2", () => {
    const d = 0.4;
    const k = Math.exp((-d * d) / (2 * VENDI_BANDWIDTH ** 2));
    const [p, q] = [(1 + k) / 2, (1 - k) / 2];
    const expected = Math.exp(-p * Math.log(p) - q * Math.log(q));
    const { distance, vendi } = promptDiversity(stack(plain(0), plain(d)), ["a", "a"]);
    expect(distance).toBeCloseTo(d, 6);
    expect(vendi).toBeCloseTo(expected, 6);
  });

  test("n pictures far from one another count as n", () => {
    const far = Array.from({ length: 5 }, (_, i) =>
      Array.from({ length: 5 }, (_, j) => (i === j ? 0 : 50)),
    );
    expect(vendiScore(far)).toBeCloseTo(5, 9);
  });

  test("prompts are compared within, never with each other", () => {
    const images = stack(plain(-1), plain(1), plain(-1), plain(1));
    expect(promptDiversity(images, ["a", "b", "a", "b"]).distance).toBe(0);
    expect(promptDiversity(images, ["a", "a", "b", "b"]).distance).toBe(2);
    expect(promptDiversity(images, ["a", "b", "c", "d"]).distance).toBeNaN();
  });

  test("the distance is that of the differing share of pixels", () => {
    const a = plain(0);
    const b = Float32Array.from(a, (_, i) => (i % 4 === 0 ? 1 : 0));
    expect(rmsDistance(a, b)).toBeCloseTo(0.5, 9);
  });

  test("eigenvalues: trace, sum of squares, and a matrix whose spectrum is known", () => {
    const known = symmetricEigenvalues([
      [2, -1, 0],
      [-1, 2, -1],
      [0, -1, 2],
    ]).sort((a, b) => a - b);
    [2 - Math.SQRT2, 2, 2 + Math.SQRT2].forEach((l, i) => {
      expect(known[i]).toBeCloseTo(l, 10);
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.infiniteStream(fc.double({ min: -2, max: 2, noNaN: true })),
        (n, draws) => {
          const a = Array.from({ length: n }, () => new Array<number>(n).fill(0));
          for (let i = 0; i < n; i++) {
            for (let j = i; j < n; j++) {
              const v = draws.next().value as number;
              a[i]![j] = v;
              a[j]![i] = v;
            }
          }
          const l = symmetricEigenvalues(a);
          const trace = a.reduce((t, row, i) => t + row[i]!, 0);
          const squares = a.flat().reduce((t, v) => t + v * v, 0);
          expect(l.reduce((t, v) => t + v, 0)).toBeCloseTo(trace, 8);
          expect(l.reduce((t, v) => t + v * v, 0)).toBeCloseTo(squares, 8);
        },
      ),
    );
  });

  test("sets that do not fit are refused", () => {
    expect(() => promptDiversity(plain(0), ["a", "b"])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: promptDiversity: 1 pictures, but 2 captions. Give one for each picture.]`,
    );
    expect(() => promptDiversity(new Float32Array(5), [])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: promptDiversity: 5 values are no whole number of pictures of 3072. Give [n, 3, 32, 32].]`,
    );
  });
});
