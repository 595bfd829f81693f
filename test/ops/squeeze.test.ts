import fc from "fast-check";
import { expect } from "vitest";
import { squeeze, unsqueeze } from "../../src/ops/squeeze.js";
import { zeros } from "../../src/tensor/create.js";
import { opSuite, shapes } from "../op-suite.js";

const of = (shape: number[], axes?: number | number[]) => ({
  inputs: [{ shape }],
  attrs: { axes },
});

opSuite("squeeze", {
  apply: ([x], { axes }) => squeeze(x!, axes),
  arbitrary: shapes(4, 2).map((shape) => of(shape)),
  edges: [of([1], 0), of([2, 1, 1], -1), of([1, 0], [0]), of([])],
  laws: {
    "a view, and back": (device) => {
      const x = zeros(device, [2, 1, 3]);
      const y = squeeze(x, 1);
      expect(y.shape).toEqual([2, 3]);
      expect(y.sharesStorageWith(x)).toBe(true);
      expect(unsqueeze(y, 1).shape).toEqual(x.shape);
    },
  },
  errors: {
    "a size that is not 1": (device) => {
      expect(() => squeeze(zeros(device, [2, 3]), -1)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: squeeze: axis 1 of [2, 3] has size 3, not 1. Name axes of size 1, or use reshape.]`,
      );
    },
  },
});

opSuite("unsqueeze", {
  apply: ([x], { axes }) => unsqueeze(x!, axes ?? 0),
  arbitrary: fc
    .tuple(shapes(2, 3), fc.subarray([0, 1, 2, 3], { minLength: 2, maxLength: 2 }))
    .map(([shape, axes]) => of(shape, axes)),
  edges: [of([], [0, 1]), of([2], -1), of([0], 0)],
  laws: {
    "axes are those of the result": (device) => {
      expect(unsqueeze(zeros(device, [2, 3]), [0, -1]).shape).toEqual([1, 2, 3, 1]);
    },
  },
  errors: {
    "no such axis": (device) => {
      expect(() => unsqueeze(zeros(device, [2]), 2)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: unsqueeze: axis 2 does not exist in a tensor of rank 2. Use -2 to 1.]`,
      );
    },
  },
});
