import fc from "fast-check";
import { expect } from "vitest";
import { permute, transpose } from "../../src/ops/permute.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import { opSuite, shapes } from "../op-suite.js";
import { values } from "../random.js";

const of = (shape: number[], axes: number[]) => ({ inputs: [{ shape }], attrs: { axes } });

opSuite("permute", {
  apply: ([x], { axes }) => permute(x!, axes),
  arbitrary: fc
    .integer({ min: 1, max: 4 })
    .chain((rank) =>
      fc.tuple(
        shapes(rank, 6),
        fc.shuffledSubarray([...Array(rank).keys()], { minLength: rank, maxLength: rank }),
      ),
    )
    .map(([shape, axes]) => of(shape, axes)),
  edges: [
    of([], []),
    of([3], [-1]),
    of([0, 3], [1, 0]),
    of([7, 9], [1, 0]),
    of([2, 3, 4, 2, 3], [4, 2, 0, 3, 1]),
    of([2, 32_769], [1, 0]),
  ],
  laws: {
    "the inverse order undoes it": async (device) => {
      const x = tensor(device, values(1, 24), [2, 3, 4]);
      expect(await permute(permute(x, [2, 0, 1]), [1, 2, 0]).data()).toEqual(await x.data());
    },
  },
  errors: {
    "an axis twice": (device) => {
      const x = zeros(device, [2, 3]);
      expect(() => permute(x, [0, 0])).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: permute: axes [0, 0] do not name each of the 2 axes of [2, 3] once. Name each axis exactly once.]`,
      );
    },
    "an axis too many": (device) => {
      const x = zeros(device, [2, 3]);
      expect(() => permute(x, [0, 1, 2])).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: permute: axis 2 does not exist in a tensor of rank 2. Use -2 to 1.]`,
      );
    },
  },
});

const matrix = (shape: number[]) => ({ inputs: [{ shape }], attrs: {} });

opSuite("transpose", {
  apply: ([x]) => transpose(x!),
  arbitrary: fc.integer({ min: 2, max: 4 }).chain((rank) => shapes(rank, 6).map(matrix)),
  edges: [matrix([0, 3]), matrix([1, 1]), matrix([5, 63, 65]), matrix([2, 32_769])],
  laws: {
    "exchanges the last two axes": async (device) => {
      const y = transpose(tensor(device, [1, 2, 3, 4, 5, 6], [1, 2, 3]));
      expect(y.shape).toEqual([1, 3, 2]);
      expect([...(await y.data())]).toEqual([1, 4, 2, 5, 3, 6]);
    },
    "twice is the identity": async (device) => {
      const x = tensor(device, values(2, 60), [3, 4, 5]);
      expect(await transpose(transpose(x)).data()).toEqual(await x.data());
    },
  },
  errors: {
    "of a vector": (device) => {
      expect(() => transpose(zeros(device, [3]))).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: transpose: x [3] has rank 1, expected at least 2. Add axes with reshape.]`,
      );
    },
  },
});
