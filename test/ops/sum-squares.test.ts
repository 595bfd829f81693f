import fc from "fast-check";
import { expect } from "vitest";
import { mul } from "../../src/ops/binary.js";
import { sum } from "../../src/ops/sum.js";
import { sumSquares, totalSumSquares } from "../../src/ops/sum-squares.js";
import { scalar, tensor } from "../../src/tensor/create.js";
import { opSuite, shapes } from "../op-suite.js";
import { values } from "../random.js";

const of = (...shape: number[]) => ({ inputs: [{ shape }], attrs: {} });
const sizes = [0, 1, 63, 64, 65];

opSuite("sumSquares", {
  apply: ([x]) => sumSquares(x!),
  arbitrary: fc
    .integer({ min: 1, max: 4 })
    .chain((rank) => shapes(rank))
    .map((s) => of(...s)),
  edges: [
    ...sizes.map((n) => of(n)),
    ...sizes.map((n) => of(3, n)),
    of(0, 4),
    of(1023, 33),
    of(1024, 33),
  ],
  laws: {
    "is the sum of x · x": async (device) => {
      const x = tensor(device, values(1, 600), [6, 100]);
      const got = await sumSquares(x).data();
      const want = await sum(mul(x, x), { axes: 1 }).data();
      want.forEach((w, i) => {
        expect(got[i]).toBeCloseTo(w, 3);
      });
    },
  },
  errors: {
    "a scalar": (device) => {
      expect(() => sumSquares(scalar(device, 1))).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: sumSquares: x [] has rank 0, expected at least 1. Add axes with reshape.]`,
      );
    },
  },
});

opSuite("totalSumSquares", {
  apply: ([x]) => totalSumSquares(x!),
  arbitrary: fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 4 }).map((s) => of(...s)),
  edges: [of(), ...sizes.map((n) => of(n)), of(4095), of(4096), of(4097), of(3, 5000)],
  tolerance: 2e-5,
});
