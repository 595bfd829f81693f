import fc from "fast-check";
import { expect } from "vitest";
import { avgPool2d } from "../../src/ops/avg-pool.js";
import { upsampleNearest2d } from "../../src/ops/upsample.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import { expectClose, opSuite, shapes } from "../op-suite.js";
import { values } from "../random.js";

const of = ([n = 1, c = 1, h = 1, w = 1]: number[], size: number) => ({
  inputs: [{ shape: [n, c, h * size, w * size] }],
  attrs: { size },
});

opSuite("avgPool2d", {
  apply: ([x], { size }) => avgPool2d(x!, size),
  arbitrary: fc
    .tuple(shapes(4, 3), fc.integer({ min: 1, max: 3 }))
    .map(([shape, size]) => of(shape, size)),
  edges: [of([0, 2, 3, 3], 2), of([1, 1, 1, 1], 8), of([2, 3, 8, 8], 2), of([1, 2, 5, 7], 3)],
  laws: {
    "undoes the enlargement": async (device) => {
      const x = values(3, 2 * 3 * 4 * 5);
      const y = avgPool2d(upsampleNearest2d(tensor(device, x, [2, 3, 4, 5]), 2), 2);
      expectClose(await y.data(), x, 1e-6, "means of blocks");
    },
  },
  errors: {
    "rank 2": (device) => {
      expect(() => avgPool2d(zeros(device, [4, 4]), 2)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: sumBlocks2d: x [4, 4] has rank 2, expected 4. Give pictures [N, C, H, W].]`,
      );
    },
    "blocks that do not fit": (device) => {
      const x = zeros(device, [1, 2, 6, 8]);
      expect(() => avgPool2d(x, 4)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: sumBlocks2d: blocks of 4 × 4 do not fill pictures of 6 × 8. Choose a size that divides both.]`,
      );
    },
  },
});
