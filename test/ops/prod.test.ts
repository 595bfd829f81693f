import fc from "fast-check";
import { expect } from "vitest";
import { grad } from "../../src/autograd/grad.js";
import { gradcheck } from "../../src/autograd/gradcheck.js";
import { mul } from "../../src/ops/binary.js";
import { prod } from "../../src/ops/prod.js";
import { type ReduceOptions, sum } from "../../src/ops/sum.js";
import { ones, tensor } from "../../src/tensor/create.js";
import { NdArray } from "../../src/tensor/ndarray.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { type OpCase, opSuite } from "../op-suite.js";
import { values } from "../random.js";

const of = (shape: readonly number[], attrs: ReduceOptions = {}): OpCase<ReduceOptions> => ({
  inputs: [{ shape, low: 0.5, high: 1.6 }],
  attrs,
});

opSuite<ReduceOptions>("prod", {
  apply: ([x], options) => prod(x!, options),
  arbitrary: fc
    .array(fc.integer({ min: 1, max: 5 }), { maxLength: 4 })
    .chain((shape) =>
      fc
        .tuple(fc.subarray(shape.map((_, i) => i)), fc.boolean())
        .map(([axes, keepDims]) => of(shape, { axes, keepDims })),
    ),
  edges: [
    ...[0, 1, 2, 3, 63, 64, 65].map((n) => of([n])),
    of([3, 0], { axes: -1 }),
    of([0, 3], { axes: 1 }),
    of([1024, 3], { axes: 1 }),
    of([5, 40, 2], { axes: -2, keepDims: true }),
  ],
  tolerance: 3e-5,
  runs: 10,
  laws: {
    "zeros: one leaves one derivative, two leave none": async (device) => {
      const x = tensor(device, [2, 0, 3, 5, 0, 7, 0, 4, 1, 2, 3, 4], [3, 4]);
      const [dx] = grad((t) => sum(prod(t, { axes: 1 })))(x);
      expect([...(await dx!.data())]).toEqual([0, 30, 0, 0, 0, 0, 0, 0, 24, 12, 8, 6]);
    },
    "second and third derivatives, at zeros too": () => {
      const point = new NdArray([2, 3], Float64Array.of(0, 2, 0, 1.5, 0, -1));
      const first = (x: Tensor) => grad((t) => sum(prod(t, { axes: 1 })))(x)[0]!;
      const second = (x: Tensor) => grad((t) => sum(mul(first(t), t)))(x)[0]!;
      for (const f of [first, second]) {
        const report = gradcheck(f, [point]);
        expect(report.ok, report.message).toBe(true);
      }
    },
    "is the exponential of a sum of logarithms": async (device) => {
      const x = values(5, 40_000, 0.9993, 1.0007);
      const want = Math.exp(x.reduce((total, v) => total + Math.log(v), 0));
      expect(Math.abs((await prod(tensor(device, x)).item()) / want - 1)).toBeLessThan(5e-5);
      expect(await prod(ones(device, [2 ** 20])).item()).toBe(1);
    },
    "NaN and infinity": async (device) => {
      const of = (...x: number[]) => prod(tensor(device, x)).item();
      expect(await of(2, Number.NaN, 0)).toBeNaN();
      expect(await of(Number.POSITIVE_INFINITY, 0)).toBeNaN();
      expect(await of(Number.POSITIVE_INFINITY, -2)).toBe(Number.NEGATIVE_INFINITY);
    },
  },
});
