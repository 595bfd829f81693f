import fc from "fast-check";
import { expect } from "vitest";
import { mul } from "../../src/ops/binary.js";
import { mean } from "../../src/ops/mean.js";
import { type ReduceOptions, sum } from "../../src/ops/sum.js";
import { variance } from "../../src/ops/variance.js";
import { ones, tensor, zeros } from "../../src/tensor/create.js";
import { type OpCase, opSuite } from "../op-suite.js";
import { values } from "../random.js";

const of = (shape: readonly number[], attrs: ReduceOptions = {}): OpCase<ReduceOptions> => ({
  inputs: [{ shape }],
  attrs,
});

opSuite<ReduceOptions>("sum", {
  apply: ([x], options) => sum(x!, options),
  arbitrary: fc
    .array(fc.integer({ min: 1, max: 9 }), { maxLength: 4 })
    .chain((shape) =>
      fc
        .tuple(fc.subarray(shape.map((_, i) => i)), fc.boolean())
        .map(([axes, keepDims]) => of(shape, { axes, keepDims })),
    ),
  edges: [
    ...[0, 1, 31, 32, 63, 64, 65, 257].map((n) => of([n])),
    of([3, 0], { axes: 1 }),
    of([0, 3], { axes: 1 }),
    of([2, 100, 3], { axes: 1 }),
    of([5, 40], { axes: -1, keepDims: true }),
    of([2, 3, 2, 3, 2, 3], { axes: [0, 2, 4] }),
    of([9_000]),
    of([32_767]),
    of([32_768]),
    of([33_001, 2], { axes: 0 }),
    of([3, 11_001, 2], { axes: [0, 1] }),
    of([1023, 33], { axes: 1 }),
    of([1024, 33], { axes: 1 }),
  ],
  tolerance: 2e-5,
  laws: {
    "the order of two sums does not matter": async (device) => {
      const x = tensor(
        device,
        Float32Array.from({ length: 60 }, (_, i) => i - 20),
        [3, 4, 5],
      );
      const rows = sum(sum(x, { axes: 2 }), { axes: 1 });
      const columns = sum(sum(x, { axes: 1 }), { axes: 1 });
      expect(await rows.data()).toEqual(await columns.data());
    },
    "of 2^24 elements is off by 1e-6 of it at most": async (device) => {
      const x = new Float32Array(2 ** 24);
      // The same random numbers again and again: quick to make, and their sum is known.
      const block = values(9, 10_007, 0, 1);
      for (let i = 0; i < x.length; i += block.length) x.set(block.subarray(0, x.length - i), i);
      let want = 0;
      for (const v of x) want += v;
      const got = await sum(tensor(device, x)).item();
      expect(Math.abs(got / want - 1)).toBeLessThanOrEqual(1e-6);
    },
    "infinity and NaN as IEEE says": async (device) => {
      const INF = Number.POSITIVE_INFINITY;
      for (const n of [3, 100, 40_000]) {
        const x = values(n, n);
        x[1] = INF;
        expect(await sum(tensor(device, x)).item()).toBe(INF);
        x[n - 1] = -INF;
        expect(await sum(tensor(device, x)).item()).toBeNaN();
        x.fill(0);
        x[n >> 1] = Number.NaN;
        expect(await sum(tensor(device, x)).item()).toBeNaN();
      }
    },
    "is linear": async (device) => {
      const x = tensor(device, [1, 2, 3, 4], [2, 2]);
      expect(await sum(mul(x, 3)).item()).toBe(3 * (await sum(x).item()));
    },
    "of ones counts, past 65 535 groups": async (device) => {
      const y = await sum(ones(device, [65_536 * 64, 2]), { axes: 1 }).data();
      expect(y.every((v) => v === 2)).toBe(true);
    },
  },
  errors: {
    "no such axis": (device) => {
      expect(() => sum(zeros(device, [2, 3]), { axes: 2 })).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: sum: axis 2 does not exist in a tensor of rank 2. Use -2 to 1.]`,
      );
    },
    "an axis twice": (device) => {
      const call = () => sum(zeros(device, [2, 3]), { axes: [1, -1] });
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: sum: axes [1, -1] name one axis twice. Name each once.]`,
      );
    },
    "integers and truth values": (device) => {
      const whole = tensor(device, Int32Array.of(1, 2));
      const truth = tensor(device, [true, false]);
      expect(() => sum(whole)).toThrowErrorMatchingInlineSnapshot(
        `[DtypeError: sum: x is i32, expected one of f32, f16. Convert it with cast(x, "f32").]`,
      );
      expect(() => mean(truth)).toThrowErrorMatchingInlineSnapshot(
        `[DtypeError: mean: x is bool, expected one of f32, f16. Convert it with cast(x, "f32").]`,
      );
      expect(() => variance(whole)).toThrowErrorMatchingInlineSnapshot(
        `[DtypeError: variance: x is i32, expected one of f32, f16. Convert it with cast(x, "f32").]`,
      );
    },
    "too many alternations": (device) => {
      const call = () => sum(zeros(device, [2, 2, 2, 2, 2, 2, 2]), { axes: [0, 2, 4, 6] });
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: sum: [2, 2, 2, 2, 2, 2, 2] → [1, 2, 1, 2, 1, 2, 1] alternates kept and summed axes more than 3 times. Sum in two steps.]`,
      );
    },
  },
});
