import fc from "fast-check";
import { expect } from "vitest";
import { type AvgPoolOptions, avgPool2d } from "../../src/ops/avg-pool.js";
import { upsampleNearest2d } from "../../src/ops/upsample.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import { expectClose, type OpCase, opSuite, shapes } from "../op-suite.js";
import { values } from "../random.js";

interface Attrs {
  readonly windows: number | AvgPoolOptions;
}

const of = ([n = 1, c = 1, h = 1, w = 1]: number[], size: number): OpCase<Attrs> => ({
  inputs: [{ shape: [n, c, h * size, w * size] }],
  attrs: { windows: size },
});
const windows = (shape: number[], options: AvgPoolOptions): OpCase<Attrs> => ({
  inputs: [{ shape }],
  attrs: { windows: options },
});

opSuite<Attrs>("avgPool2d", {
  apply: ([x], { windows }) => avgPool2d(x!, windows),
  arbitrary: fc
    .tuple(shapes(4, 3), fc.integer({ min: 1, max: 3 }))
    .map(([shape, size]) => of(shape, size)),
  edges: [
    of([0, 2, 3, 3], 2),
    of([1, 1, 1, 1], 8),
    of([2, 3, 8, 8], 2),
    of([1, 2, 5, 7], 3),
    windows([0, 2, 3, 3], { size: 2 }),
    windows([2, 3, 8, 8], { size: 2 }),
    windows([2, 3, 7, 9], { size: 3, stride: 2, padding: 1 }),
    windows([1, 2, 5, 4], { size: 4, stride: 1, padding: 2 }),
    windows([1, 1, 9, 5], { size: 2, stride: 3 }),
  ],
  gradients: [of([1, 2, 2, 3], 2), windows([1, 2, 4, 5], { size: 3, stride: 2, padding: 1 })],
  laws: {
    "undoes the enlargement": async (device) => {
      const x = values(3, 2 * 3 * 4 * 5);
      const y = avgPool2d(upsampleNearest2d(tensor(device, x, [2, 3, 4, 5]), 2), 2);
      expectClose(await y.data(), x, 1e-6, "means of blocks");
    },
    "windows side by side are blocks": async (device) => {
      const x = tensor(device, values(3, 2 * 3 * 4 * 6), [2, 3, 4, 6]);
      const want = await avgPool2d(x, 2).data();
      expectClose(await avgPool2d(x, { size: 2 }).data(), want, 1e-6, "blocks");
    },
    "overlapping windows, and padding that counts as zeros": async (device) => {
      const x = tensor(device, [1, 2, 3, 4], [1, 1, 2, 2]);
      expect([...(await avgPool2d(x, { size: 2, stride: 1, padding: 1 }).data())]).toEqual(
        [1, 3, 2, 4, 10, 6, 3, 7, 4].map((v) => v / 4),
      );
    },
  },
  errors: {
    "rank 2": (device) => {
      expect(() => avgPool2d(zeros(device, [4, 4]), 2)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: avgPool2d: x [4, 4] has rank 2, expected 4. Give pictures [N, C, H, W].]`,
      );
    },
    "a window that does not fit": (device) => {
      const x = zeros(device, [1, 2, 6, 2]);
      expect(() => avgPool2d(x, { size: 3 })).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: avgPool2d: a window of 3 × 3 does not fit into pictures of 6 × 2 with padding 0. Enlarge the picture or make the window smaller.]`,
      );
    },
    "too much padding": (device) => {
      const x = zeros(device, [1, 2, 6, 2]);
      expect(() => avgPool2d(x, { size: 2, padding: 2 })).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: avgPool2d: size 2, stride 2, padding 2 cannot be. Give integers: size ≥ 1, stride ≥ 1, 0 ≤ padding ≤ size / 2.]`,
      );
    },
    "windows of rank 2": (device) => {
      const call = () => avgPool2d(zeros(device, [4, 4]), { size: 2 });
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: avgPool2d: x [4, 4] has rank 2, expected 4. Give pictures [N, C, H, W].]`,
      );
    },
    "blocks that do not fit": (device) => {
      const x = zeros(device, [1, 2, 6, 8]);
      expect(() => avgPool2d(x, 4)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: avgPool2d: blocks of 4 × 4 do not fill pictures of 6 × 8. Choose a size that divides both, or windows: { size, stride }.]`,
      );
    },
  },
});
