import fc from "fast-check";
import { expect } from "vitest";
import { reshape } from "../../src/ops/reshape.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import { type OpCase, opSuite, shapes } from "../op-suite.js";

interface Attrs {
  readonly to: readonly number[];
}
const of = (from: readonly number[], to: readonly number[]): OpCase<Attrs> => ({
  inputs: [{ shape: from }],
  attrs: { to },
});

opSuite<Attrs>("reshape", {
  apply: ([x], { to }) => reshape(x!, to),
  arbitrary: shapes(3).chain(([a = 1, b = 1, c = 1]) =>
    fc
      .constantFrom([a * b, c], [-1, c], [a, -1], [-1], [a, 1, b * c])
      .map((to) => of([a, b, c], to)),
  ),
  edges: [of([], [1, 1]), of([1], []), of([0, 3], [3, 0]), of([0, 3], [-1, 3]), of([64], [8, -1])],
  laws: {
    "there and back is the identity, without a copy": async (device) => {
      const x = tensor(device, [1, 2, 3, 4, 5, 6], [2, 3]);
      const y = reshape(x, [3, 2]);
      expect(y.gpu.buffer).toBe(x.gpu.buffer);
      expect(reshape(y, [2, 3]).shape).toEqual([2, 3]);
      expect([...(await y.data())]).toEqual([1, 2, 3, 4, 5, 6]);
    },
    "the view outlives what it was made of": async (device) => {
      const x = tensor(device, [1, 2], [2]);
      const y = reshape(x, [1, 2]);
      x.dispose();
      expect([...(await y.data())]).toEqual([1, 2]);
    },
  },
  errors: {
    "another number of elements": (device) => {
      const call = () => reshape(zeros(device, [2, 3]), [4, 2]);
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: reshape: [2, 3] has 6 elements, [4, 2] has 8. Choose a shape of 6 elements.]`,
      );
    },
    "a size that cannot be found": (device) => {
      const call = () => reshape(zeros(device, [2, 3]), [4, -1]);
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: reshape: [2, 3] has 6 elements, so no size fits -1 in [4, -1] (6 / 4). Choose other sizes.]`,
      );
    },
    "two unknown sizes": (device) => {
      const call = () => reshape(zeros(device, [2, 3]), [-1, -1]);
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: reshape: [-1, -1] leaves more than one size open. Write -1 for one axis only.]`,
      );
    },
    "no elements and an unknown size beside 0": (device) => {
      const call = () => reshape(zeros(device, [0, 3]), [0, -1]);
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: reshape: [0, 3] has 0 elements, so no size fits -1 in [0, -1] (0 / 0). Choose other sizes.]`,
      );
    },
  },
});
