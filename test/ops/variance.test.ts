import fc from "fast-check";
import { expect } from "vitest";
import { grad } from "../../src/autograd/grad.js";
import { gradcheck } from "../../src/autograd/gradcheck.js";
import { add } from "../../src/ops/binary.js";
import { sum } from "../../src/ops/sum.js";
import { square } from "../../src/ops/unary.js";
import { type VarianceOptions, variance } from "../../src/ops/variance.js";
import { full, tensor, zeros } from "../../src/tensor/create.js";
import { NdArray } from "../../src/tensor/ndarray.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { type OpCase, opSuite } from "../op-suite.js";
import { values } from "../random.js";

const of = (shape: readonly number[], attrs: VarianceOptions = {}): OpCase<VarianceOptions> => ({
  inputs: [{ shape }],
  attrs,
});

/** In float64, of the float32 values that the kernel sees. */
function exactVariance(x: Float32Array, correction: number): number {
  const mean = x.reduce((total, v) => total + v, 0) / x.length;
  return x.reduce((total, v) => total + (v - mean) ** 2, 0) / (x.length - correction);
}

opSuite<VarianceOptions>("variance", {
  apply: ([x], options) => variance(x!, options),
  arbitrary: fc
    .array(fc.integer({ min: 2, max: 7 }), { minLength: 1, maxLength: 3 })
    .chain((shape) =>
      fc
        .tuple(
          fc.subarray(
            shape.map((_, i) => i),
            { minLength: 1 },
          ),
          fc.boolean(),
          fc.constantFrom(0 as const, 1 as const),
        )
        .map(([axes, keepDims, correction]) => of(shape, { axes, keepDims, correction })),
    ),
  edges: [
    of([]),
    of([1]),
    ...[2, 63, 64, 65].map((n) => of([n], { correction: 1 })),
    of([0, 3], { axes: 1 }),
    of([1025, 33], { axes: -1 }),
  ],
  runs: 10,
  laws: {
    "keeps its digits at mean 1e4 and deviation 1": async (device) => {
      for (const n of [50, 1000, 100_000]) {
        const x = values(n, n, 1e4 - Math.sqrt(3), 1e4 + Math.sqrt(3));
        for (const correction of [0, 1] as const) {
          const got = await variance(tensor(device, x), { correction }).item();
          expect(Math.abs(got / exactVariance(x, correction) - 1)).toBeLessThan(1e-6);
        }
      }
    },
    "of a constant is 0, also at 1e7": async (device) => {
      const x = full(device, [3, 1000], 10_000_019);
      expect(await variance(x).item()).toBe(0);
    },
    "does not move with its argument": async (device) => {
      const x = tensor(device, values(5, 120), [12, 10]);
      const a = await variance(x, { axes: 0 }).data();
      const b = await variance(add(x, 64), { axes: 0 }).data();
      a.forEach((v, i) => {
        expect(v).toBeCloseTo(b[i] ?? 0, 4);
      });
    },
    "an infinity has no variance, nor has NaN": async (device) => {
      for (const odd of [Number.POSITIVE_INFINITY, Number.NaN]) {
        expect(await variance(tensor(device, [1, odd, 2])).item()).toBeNaN();
      }
    },
    "second derivatives": () => {
      const first = (x: Tensor) => grad((t) => sum(square(variance(t, { axes: 0 }))))(x)[0]!;
      const report = gradcheck(first, [new NdArray([4, 2], Float64Array.from(values(2, 8)))]);
      expect(report.ok, report.message).toBe(true);
    },
  },
  errors: {
    "no elements": (device) => {
      const call = () => variance(zeros(device, [3, 0]), { axes: 1 });
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: variance: axes [1] of [3, 0] hold 0 elements, and correction 0 leaves none. Give at least 1.]`,
      );
    },
    "nothing left": (device) => {
      const call = () => variance(zeros(device, [3, 1]), { axes: 1, correction: 1 });
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: variance: axes [1] of [3, 1] hold 1 element, and correction 1 leaves none. Give at least 2.]`,
      );
    },
  },
});
