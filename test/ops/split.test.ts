import fc from "fast-check";
import { expect } from "vitest";
import { concat } from "../../src/ops/concat.js";
import { split } from "../../src/ops/split.js";
import { zeros } from "../../src/tensor/create.js";
import { opSuite, shapes } from "../op-suite.js";

const of = (shape: number[], sizes: number[], axis: number) => ({
  inputs: [{ shape }],
  attrs: { sizes, axis },
});
const drawn = fc
  .tuple(shapes(3, 4), fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 4 }), fc.nat())
  .map(([shape, sizes, a]) => {
    const axis = a % 3;
    const total = sizes.reduce((x, y) => x + y, 0);
    return of(
      shape.map((s, i) => (i === axis ? total : s)),
      sizes,
      axis,
    );
  });

opSuite("split", {
  // In the opposite order, so that every part and its place are seen.
  apply: ([x], { sizes, axis }) => concat(split(x!, sizes, axis).reverse(), axis),
  arbitrary: drawn,
  edges: [of([3], [3], 0), of([2, 65], [1, 64], -1), of([2, 0], [0, 0], 1)],
  laws: {
    "the parts have the sizes": (device) => {
      const parts = split(zeros(device, [2, 6]), [1, 2, 3], 1);
      expect(parts.map(({ shape }) => shape[1])).toEqual([1, 2, 3]);
    },
  },
  errors: {
    "sizes that do not add up": (device) => {
      const call = () => split(zeros(device, [2, 5]), [2, 2], -1);
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: split: sizes [2, 2] do not add up to axis -1 of [2, 5] (4 and 5). Give integers ≥ 0 with that sum.]`,
      );
    },
  },
});
