import fc from "fast-check";
import { expect } from "vitest";
import { stack } from "../../src/ops/stack.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import { opSuite, shapes } from "../op-suite.js";

const of = (shape: number[], n: number, axis: number) => ({
  inputs: Array.from({ length: n }, () => ({ shape })),
  attrs: { axis },
});

opSuite("stack", {
  apply: (inputs, { axis }) => stack(inputs, axis),
  arbitrary: fc
    .tuple(shapes(2, 6), fc.integer({ min: 1, max: 4 }), fc.integer({ min: -3, max: 2 }))
    .map(([shape, n, axis]) => of(shape, n, axis)),
  edges: [of([], 3, 0), of([0], 2, 1), of([64], 2, -1)],
  laws: {
    "side by side": async (device) => {
      const xs = [tensor(device, [1, 2]), tensor(device, [3, 4])];
      expect([...(await stack(xs).data())]).toEqual([1, 2, 3, 4]);
      expect([...(await stack(xs, -1).data())]).toEqual([1, 3, 2, 4]);
    },
  },
  errors: {
    nothing: () => {
      expect(() => stack([])).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: stack: no tensor was given. Give at least one.]`,
      );
    },
    "another shape": (device) => {
      const xs = [zeros(device, [2]), zeros(device, [3])];
      expect(() => stack(xs)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: stack: [2] and [3] differ. Give tensors of one shape, or join them with concat.]`,
      );
    },
  },
});
