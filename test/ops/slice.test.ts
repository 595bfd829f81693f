import fc from "fast-check";
import { expect } from "vitest";
import {
  chunk,
  type PadAxisOptions,
  padAxis,
  type SliceOptions,
  slice,
} from "../../src/ops/slice.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import { opSuite, shapes } from "../op-suite.js";

const sliceCase = (shape: number[], attrs: SliceOptions) => ({ inputs: [{ shape }], attrs });
const padCase = (shape: number[], attrs: PadAxisOptions) => ({ inputs: [{ shape }], attrs });
const shapeAndAxis = shapes(3, 7).chain((shape) =>
  fc.tuple(fc.constant(shape), fc.integer({ min: 0, max: 2 })),
);

opSuite("slice", {
  apply: ([x], options) => slice(x!, options),
  arbitrary: shapeAndAxis.chain(([shape, axis]) =>
    fc
      .tuple(fc.nat({ max: shape[axis] ?? 0 }), fc.nat({ max: shape[axis] ?? 0 }))
      .map(([a, b]) => sliceCase(shape, { axis, start: Math.min(a, b), end: Math.max(a, b) })),
  ),
  edges: [
    sliceCase([5], { axis: 0, start: 2, end: 2 }),
    sliceCase([5], { axis: -1, start: -2 }),
    sliceCase([2, 5], { axis: 1, end: -1 }),
    sliceCase([2, 130], { axis: 1, start: 1, end: 66 }),
    sliceCase([2, 0], { axis: 0, end: 1 }),
  ],
  errors: {
    "past the end": (device) => {
      const x = zeros(device, [2, 3]);
      expect(() => slice(x, { axis: 1, start: 1, end: 4 })).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: slice: 1 to 4 is no range along axis 1 of [2, 3] (size 3). Choose 0 ≤ start ≤ end ≤ 3.]`,
      );
    },
    "no such axis": (device) => {
      expect(() => slice(zeros(device, [2]), { axis: 1 })).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: slice: axis 1 does not exist in a tensor of rank 1. Use -1 to 0.]`,
      );
    },
  },
});

opSuite("padAxis", {
  apply: ([x], options) => padAxis(x!, options),
  arbitrary: shapeAndAxis.chain(([shape, axis]) =>
    fc
      .tuple(fc.nat({ max: 4 }), fc.nat({ max: 4 }))
      .map(([before, after]) => padCase(shape, { axis, before, after })),
  ),
  edges: [
    padCase([0], { axis: 0, before: 2, after: 1 }),
    padCase([3, 0], { axis: 0, before: 2 }),
    padCase([63], { axis: -1, after: 1 }),
    padCase([2, 64], { axis: 1, before: 1 }),
  ],
  errors: {
    "less than nothing": (device) => {
      const x = zeros(device, [2]);
      expect(() => padAxis(x, { axis: 0, before: -1 })).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: padAxis: -1 zeros before and 0 after are no sizes. Give integers ≥ 0.]`,
      );
    },
  },
});

opSuite("chunk", {
  apply: ([x], { n, i, axis }) => chunk(x!, n, axis)[i]!,
  arbitrary: fc
    .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), fc.nat())
    .map(([n, size, i]) => ({
      inputs: [{ shape: [2, n * size, 3] }],
      attrs: { n, i: i % n, axis: 1 },
    })),
  laws: {
    "two halves": async (device) => {
      const [a, b] = chunk(tensor(device, [1, 2, 3, 4], [1, 4]), 2, -1);
      expect([...(await a!.data())]).toEqual([1, 2]);
      expect([...(await b!.data())]).toEqual([3, 4]);
    },
  },
  errors: {
    "a size that does not divide": (device) => {
      expect(() => chunk(zeros(device, [2, 5]), 2, -1)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: chunk: axis -1 of [2, 5] has size 5, which 2 does not divide. Choose a number of chunks that divides it.]`,
      );
    },
  },
});
