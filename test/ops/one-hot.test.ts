import fc from "fast-check";
import { expect } from "vitest";
import { embedding } from "../../src/ops/embedding.js";
import { matmul } from "../../src/ops/matmul.js";
import { oneHot } from "../../src/ops/one-hot.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import { opSuite, shapes } from "../op-suite.js";
import { integers, values } from "../random.js";

const of = (shape: number[], depth: number, below = depth) => ({
  inputs: [{ shape, below }],
  attrs: { depth },
});

opSuite("oneHot", {
  apply: ([ids], { depth }) => oneHot(ids!, depth),
  arbitrary: fc
    .tuple(shapes(2), fc.integer({ min: 1, max: 9 }))
    .map(([shape, depth]) => of(shape, depth, depth + 2)),
  edges: [of([], 3), of([0], 3), of([2], 0, 1), of([65], 1), of([3, 43], 33)],
  gradients: false,
  laws: {
    "a row past the end is zero": async (device) => {
      const y = oneHot(tensor(device, Uint32Array.of(1, 2)), 2);
      expect([...(await y.data())]).toEqual([0, 1, 0, 0]);
    },
    "times a table it is the embedding": async (device) => {
      const ids = tensor(device, integers(1, 20, 7));
      const table = tensor(device, values(2, 21), [7, 3]);
      const product = matmul(oneHot(ids, 7), table);
      expect(await product.data()).toEqual(await embedding(table, ids).data());
    },
  },
  errors: {
    "no depth": (device) => {
      const ids = zeros(device, [1], { dtype: "u32" });
      expect(() => oneHot(ids, -1)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: oneHot: -1 is no size in shape [-1]. Sizes are integers ≥ 0.]`,
      );
    },
    "ids that are no integers": (device) => {
      expect(() => oneHot(zeros(device, [1]), 2)).toThrowErrorMatchingInlineSnapshot(
        `[DtypeError: oneHot: ids is f32, expected u32. Convert it with cast(ids, "u32").]`,
      );
    },
  },
});
