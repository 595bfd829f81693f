import fc from "fast-check";
import { expect } from "vitest";
import { grad } from "../../src/autograd/grad.js";
import { gradcheck } from "../../src/autograd/gradcheck.js";
import { type LogSoftmaxOptions, logSoftmax } from "../../src/ops/log-softmax.js";
import { logsumexp } from "../../src/ops/logsumexp.js";
import { sum } from "../../src/ops/sum.js";
import { square } from "../../src/ops/unary.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import { NdArray } from "../../src/tensor/ndarray.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { type OpCase, opSuite } from "../op-suite.js";
import { values } from "../random.js";

type Attrs = LogSoftmaxOptions;
const of = (shape: readonly number[], attrs: Attrs = {}): OpCase<Attrs> => ({
  inputs: [{ shape, low: -5, high: 5 }],
  attrs,
});

opSuite<Attrs>("logSoftmax", {
  apply: ([x], options) => logSoftmax(x!, options),
  arbitrary: fc
    .array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 3 })
    .chain((shape) => fc.subarray(shape.map((_, i) => i)).map((axes) => of(shape, { axes }))),
  edges: [
    ...[1, 63, 64, 65].map((n) => of([2, n])),
    of([0, 5]),
    of([3, 0]),
    of([3, 0], { axes: 0 }),
    of([1025, 33]),
    of([33, 1025], { axes: 0 }),
  ],
  runs: 10,
  laws: {
    "exponentials sum to one": async (device) => {
      const x = tensor(device, values(3, 4 * 50, -8, 8), [4, 50]);
      for (const v of await logsumexp(logSoftmax(x), { axes: 1 }).data())
        expect(Math.abs(v)).toBeLessThan(1e-6);
    },
    "keeps its digits at ±1e4": async (device) => {
      const row = [0, -1, -2, 0.5];
      const rest = Math.log(row.reduce((total, v) => total + Math.exp(v), 0));
      for (const shift of [1e4, -1e4]) {
        const y = await logSoftmax(
          tensor(
            device,
            row.map((v) => v + shift),
          ),
        ).data();
        row.forEach((v, i) => {
          expect(Math.abs((y[i] ?? 0) - (v - rest))).toBeLessThan(1e-6);
        });
      }
      const far = await logSoftmax(tensor(device, [1e4, -1e4])).data();
      expect([...far]).toEqual([0, -2e4]);
    },
    "−∞ takes no part; NaN spoils its row alone": async (device) => {
      const INF = Number.POSITIVE_INFINITY;
      const y = await logSoftmax(tensor(device, [0, -INF, 0, 1, Number.NaN, 2], [2, 3])).data();
      expect(y[0]).toBeCloseTo(-Math.LN2, 6);
      expect(y[1]).toBe(-INF);
      expect([...y.slice(3)].every(Number.isNaN)).toBe(true);
    },
    "second derivatives": () => {
      const first = (x: Tensor) => grad((t) => sum(square(logSoftmax(t, { axes: 0 }))))(x)[0]!;
      const report = gradcheck(first, [new NdArray([4, 2], Float64Array.from(values(2, 8)))]);
      expect(report.ok, report.message).toBe(true);
    },
  },
  errors: {
    "a scalar": (device) => {
      expect(() => logSoftmax(zeros(device, []))).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: logSoftmax: x [] has rank 0, expected at least 1. Add axes with reshape.]`,
      );
    },
  },
});
