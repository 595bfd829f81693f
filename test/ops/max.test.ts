import fc from "fast-check";
import { expect } from "vitest";
import { grad } from "../../src/autograd/grad.js";
import { add, mul } from "../../src/ops/binary.js";
import { max } from "../../src/ops/max.js";
import { type ReduceOptions, sum } from "../../src/ops/sum.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import { type OpCase, opSuite } from "../op-suite.js";
import { values } from "../random.js";

const of = (shape: readonly number[], attrs: ReduceOptions = {}): OpCase<ReduceOptions> => ({
  inputs: [{ shape }],
  attrs,
});

opSuite<ReduceOptions>("max", {
  apply: ([x], options) => max(x!, options),
  arbitrary: fc
    .array(fc.integer({ min: 1, max: 9 }), { maxLength: 4 })
    .chain((shape) =>
      fc
        .tuple(fc.subarray(shape.map((_, i) => i)), fc.boolean())
        .map(([axes, keepDims]) => of(shape, { axes, keepDims })),
    ),
  edges: [
    ...[1, 31, 32, 63, 64, 65, 257].map((n) => of([n])),
    of([0, 3], { axes: 1 }),
    of([1023, 33], { axes: 1 }),
    of([1024, 33], { axes: 1 }),
    of([2, 100, 3], { axes: 1 }),
    of([33_000]),
    of([2, 17_000, 3], { axes: [0, 1] }),
  ],
  laws: {
    "moves with its argument": async (device) => {
      const x = tensor(device, [-3, -1, -2, -7, -8, -9], [2, 3]);
      expect([...(await max(x, { axes: 1 }).data())]).toEqual([-1, -7]);
      expect([...(await max(add(x, 10), { axes: 1 }).data())]).toEqual([9, 3]);
      expect(await max(mul(x, 2)).item()).toBe(-2);
    },
    "NaN is the maximum wherever it is, and +∞ else": async (device) => {
      for (const n of [3, 40, 1000, 40_000]) {
        for (const at of [0, 1, n - 1]) {
          const x = values(n, n);
          x[n >> 1] = Number.POSITIVE_INFINITY;
          expect(await max(tensor(device, x)).item()).toBe(Number.POSITIVE_INFINITY);
          x[at] = Number.NaN;
          expect(await max(tensor(device, x)).item(), `${n} at ${at}`).toBeNaN();
        }
      }
      const many = new Float32Array(3 * 1024).fill(Number.NEGATIVE_INFINITY);
      many[4] = Number.NaN;
      const rows = await max(tensor(device, many, [1024, 3]), { axes: 1 }).data();
      expect([...rows.slice(0, 3)]).toEqual([Number.NEGATIVE_INFINITY, Number.NaN, many[0]]);
    },
    "equal maxima share the derivative": async (device) => {
      const x = tensor(device, [5, 1, 5, 2, 3, 3, 3, 0], [2, 4]);
      const [dx] = grad((t) => sum(max(t, { axes: 1 })))(x);
      const third = Math.fround(1 / 3);
      const got = await dx!.data();
      expect([...got.slice(0, 4)]).toEqual([0.5, 0, 0.5, 0]);
      for (const v of got.slice(4, 7)) expect(v).toBeCloseTo(third, 6);
      expect(got[7]).toBe(0);
    },
  },
  errors: {
    "axes in turn, kept and reduced": (device) => {
      const call = () => max(zeros(device, [2, 2, 2, 2, 2, 2, 2, 2]), { axes: [0, 2, 4, 6] });
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: max: [2, 2, 2, 2, 2, 2, 2, 2] → [1, 2, 1, 2, 1, 2, 1, 2] alternates kept and summed axes more than 3 times. Reduce in two steps.]`,
      );
    },
    "an empty axis": (device) => {
      const call = () => max(zeros(device, [3, 0]), { axes: 1 });
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: max: axis 1 of [3, 0] is empty and has no maximum. Reduce axes of at least one element.]`,
      );
    },
  },
});
