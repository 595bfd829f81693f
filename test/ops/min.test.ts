import fc from "fast-check";
import { expect } from "vitest";
import { grad } from "../../src/autograd/grad.js";
import { max } from "../../src/ops/max.js";
import { min } from "../../src/ops/min.js";
import { type ReduceOptions, sum } from "../../src/ops/sum.js";
import { neg } from "../../src/ops/unary.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import { type OpCase, opSuite } from "../op-suite.js";
import { values } from "../random.js";

const of = (shape: readonly number[], attrs: ReduceOptions = {}): OpCase<ReduceOptions> => ({
  inputs: [{ shape }],
  attrs,
});

opSuite<ReduceOptions>("min", {
  apply: ([x], options) => min(x!, options),
  arbitrary: fc
    .array(fc.integer({ min: 1, max: 9 }), { maxLength: 4 })
    .chain((shape) =>
      fc
        .tuple(fc.subarray(shape.map((_, i) => i)), fc.boolean())
        .map(([axes, keepDims]) => of(shape, { axes, keepDims })),
    ),
  edges: [
    ...[1, 63, 64, 65].map((n) => of([n])),
    of([0, 3], { axes: -1 }),
    of([1025, 33], { axes: 1 }),
    of([2, 100, 3], { axes: [-1, 0] }),
    of([33_000]),
  ],
  runs: 10,
  laws: {
    "is −max of −x": async (device) => {
      const x = tensor(device, values(3, 600), [6, 100]);
      const got = await min(x, { axes: 1 }).data();
      expect(got).toEqual(await neg(max(neg(x), { axes: 1 })).data());
    },
    "equal minima share the derivative": async (device) => {
      const x = tensor(device, [5, 1, 1, 2], [4]);
      const [dx] = grad((t) => sum(min(t)))(x);
      expect([...(await dx!.data())]).toEqual([0, 0.5, 0.5, 0]);
    },
    "NaN is the minimum wherever it is, and −∞ else": async (device) => {
      for (const n of [3, 40, 1000, 40_000]) {
        for (const at of [0, 1, n - 1]) {
          const x = values(n, n);
          x[n >> 1] = Number.NEGATIVE_INFINITY;
          expect(await min(tensor(device, x)).item()).toBe(Number.NEGATIVE_INFINITY);
          x[at] = Number.NaN;
          expect(await min(tensor(device, x)).item(), `${n} at ${at}`).toBeNaN();
        }
      }
      const all = tensor(device, [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
      expect(await min(all).item()).toBe(Number.POSITIVE_INFINITY);
    },
  },
  errors: {
    "an empty axis": (device) => {
      const call = () => min(zeros(device, [3, 0]), { axes: 1 });
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: min: axis 1 of [3, 0] is empty and has no minimum. Reduce axes of at least one element.]`,
      );
    },
  },
});
