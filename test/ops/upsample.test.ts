import fc from "fast-check";
import { expect } from "vitest";
import { upsampleNearest2d } from "../../src/ops/upsample.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import { opSuite, shapes } from "../op-suite.js";

const of = (shape: number[], scale: number) => ({ inputs: [{ shape }], attrs: { scale } });

opSuite("upsampleNearest2d", {
  apply: ([x], { scale }) => upsampleNearest2d(x!, scale),
  arbitrary: fc
    .tuple(shapes(4, 4), fc.integer({ min: 1, max: 3 }))
    .map(([shape, scale]) => of(shape, scale)),
  edges: [of([0, 2, 3, 3], 2), of([1, 1, 1, 1], 4), of([2, 3, 8, 8], 2), of([1, 2, 7, 9], 2)],
  laws: {
    "a pixel becomes a block": async (device) => {
      const y = upsampleNearest2d(tensor(device, [1, 2], [1, 1, 1, 2]));
      expect(y.shape).toEqual([1, 1, 2, 4]);
      expect([...(await y.data())]).toEqual([1, 1, 2, 2, 1, 1, 2, 2]);
    },
  },
  errors: {
    "rank 3": (device) => {
      const x = zeros(device, [2, 3, 3]);
      expect(() => upsampleNearest2d(x)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: upsampleNearest2d: x [2, 3, 3] has rank 3, expected 4. Give pictures [N, C, H, W].]`,
      );
    },
    "half a scale": (device) => {
      const x = zeros(device, [1, 2, 3, 3]);
      expect(() => upsampleNearest2d(x, 1.5)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: upsampleNearest2d: 1.5 is no scale. Give an integer ≥ 1.]`,
      );
    },
  },
});
