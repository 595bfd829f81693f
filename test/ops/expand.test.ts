import fc from "fast-check";
import { expect } from "vitest";
import { expand } from "../../src/ops/expand.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import { opSuite, shapes } from "../op-suite.js";

const of = (shape: number[], to: number[]) => ({ inputs: [{ shape }], attrs: { to } });

opSuite("expand", {
  apply: ([x], { to }) => expand(x!, to),
  arbitrary: fc
    .tuple(shapes(3, 5), fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }), fc.nat({ max: 2 }))
    .map(([to, ones, lead]) =>
      of(
        to.map((size, i) => (ones[i] ? 1 : size)),
        [...[4, 3].slice(0, lead), ...to.map((size, i) => (ones[i] ? size : -1))],
      ),
    ),
  edges: [of([], [2, 3]), of([1], [0]), of([0, 1], [-1, 3]), of([65, 1], [65, 64]), of([4], [-1])],
  laws: {
    "rows repeat": async (device) => {
      const y = expand(tensor(device, [1, 2]), [3, -1]);
      expect(y.shape).toEqual([3, 2]);
      expect([...(await y.data())]).toEqual([1, 2, 1, 2, 1, 2]);
    },
  },
  errors: {
    "a size that is not 1": (device) => {
      expect(() => expand(zeros(device, [2]), [3])).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: expand: [2] does not expand to [3]. Sizes aligned at the right must be equal, or 1 in x; new axes stand in front.]`,
      );
    },
    "fewer axes": (device) => {
      expect(() => expand(zeros(device, [2, 2]), [2])).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: expand: [2, 2] does not expand to [2]. Sizes aligned at the right must be equal, or 1 in x; new axes stand in front.]`,
      );
    },
    "nothing to keep": (device) => {
      expect(() => expand(zeros(device, [2]), [-1, 2])).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: expand: axis 0 of [-1, 2] is new, x is [2], so -1 has nothing to keep. Give its size.]`,
      );
    },
  },
});
