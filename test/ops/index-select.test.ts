import fc from "fast-check";
import { expect } from "vitest";
import { indexAdd, indexSelect } from "../../src/ops/index-select.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import { opSuite, shapes } from "../op-suite.js";

const selectCase = (shape: number[], axis: number, count: number, below = shape.at(axis)!) => ({
  inputs: [{ shape }, { shape: [count], below }],
  attrs: { axis },
});
const addCase = (shape: number[], axis: number, size: number, below = size) => ({
  inputs: [{ shape }, { shape: [shape.at(axis)!], below }],
  attrs: { axis, size },
});
const drawn = fc.tuple(shapes(3, 5), fc.nat({ max: 2 }), fc.integer({ min: 1, max: 7 }));

opSuite("indexSelect", {
  kernels: ["fast", "naive"],
  apply: ([x, ids], { axis }) => indexSelect(x!, ids!, axis),
  arbitrary: drawn.map(([shape, axis, count]) => selectCase(shape, axis, count, shape[axis]! + 1)),
  edges: [
    selectCase([1], 0, 1),
    selectCase([3, 2], -2, 0),
    selectCase([2, 0], 0, 3),
    selectCase([2, 6, 5], 1, 100),
  ],
  laws: {
    "columns, one past the end": async (device) => {
      const x = tensor(device, [0, 1, 2, 10, 11, 12], [2, 3]);
      const y = indexSelect(x, tensor(device, Uint32Array.of(2, 0, 0, 8)), 1);
      expect([...(await y.data())]).toEqual([2, 0, 0, 2, 12, 10, 10, 12]);
    },
  },
  errors: {
    "indices in two axes": (device) => {
      const ids = zeros(device, [1, 2], { dtype: "u32" });
      const call = () => indexSelect(zeros(device, [3]), ids, 0);
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: indexSelect: ids [1, 2] has rank 2, expected 1. Flatten it with reshape, or use gather for one index per element.]`,
      );
    },
  },
});

opSuite("indexAdd", {
  kernels: ["fast", "naive"],
  apply: ([src, ids], options) => indexAdd(src!, ids!, options),
  arbitrary: drawn.map(([shape, axis, size]) => addCase(shape, axis, size, size + 1)),
  edges: [addCase([0, 2], 0, 2), addCase([200, 3], 0, 11), addCase([2, 64, 3], 1, 90)],
  errors: {
    "a slice without an id": (device) => {
      const ids = zeros(device, [2], { dtype: "u32" });
      const call = () => indexAdd(zeros(device, [3, 1]), ids, { axis: 0, size: 4 });
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: indexAdd: axis 0 of [3, 1] has size 3, and there are 2 ids. Give one id for each slice.]`,
      );
    },
    "no room": (device) => {
      const ids = zeros(device, [3], { dtype: "u32" });
      const call = () => indexAdd(zeros(device, [3, 1]), ids, { axis: 0, size: 0.5 });
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: indexAdd: a result of size 0.5 has no room for src [3, 1]. Give an integer ≥ 1.]`,
      );
    },
  },
});
