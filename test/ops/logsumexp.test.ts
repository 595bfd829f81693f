import fc from "fast-check";
import { expect } from "vitest";
import { grad } from "../../src/autograd/grad.js";
import { gradcheck } from "../../src/autograd/gradcheck.js";
import { add } from "../../src/ops/binary.js";
import { logsumexp } from "../../src/ops/logsumexp.js";
import { softmax } from "../../src/ops/softmax.js";
import { type ReduceOptions, sum } from "../../src/ops/sum.js";
import { square } from "../../src/ops/unary.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import { NdArray } from "../../src/tensor/ndarray.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { type OpCase, opSuite } from "../op-suite.js";
import { values } from "../random.js";

const of = (shape: readonly number[], attrs: ReduceOptions = {}): OpCase<ReduceOptions> => ({
  inputs: [{ shape, low: -5, high: 5 }],
  attrs,
});
const INF = Number.POSITIVE_INFINITY;

opSuite<ReduceOptions>("logsumexp", {
  apply: ([x], options) => logsumexp(x!, options),
  arbitrary: fc
    .array(fc.integer({ min: 1, max: 9 }), { maxLength: 4 })
    .chain((shape) =>
      fc
        .tuple(fc.subarray(shape.map((_, i) => i)), fc.boolean())
        .map(([axes, keepDims]) => of(shape, { axes, keepDims })),
    ),
  edges: [
    ...[0, 1, 31, 63, 64, 65, 33_000].map((n) => of([n])),
    of([3, 0], { axes: -1 }),
    of([0, 3], { axes: 1 }),
    of([1025, 33], { axes: 1 }),
    of([3, 70, 2], { axes: [0, -1], keepDims: true }),
    of([130, 8], { axes: 0 }),
  ],
  runs: 10,
  laws: {
    "at ±1e4 it keeps what float32 has, and its derivative all": async (device) => {
      const row = [0, -1, -2, 0.5];
      const rest = Math.log(row.reduce((total, v) => total + Math.exp(v), 0));
      for (const shift of [1e4, -1e4]) {
        const x = tensor(
          device,
          row.map((v) => v + shift),
        );
        const y = await logsumexp(x).item();
        expect(Math.abs(y - (shift + rest))).toBeLessThanOrEqual(2 ** -10);
        const [dx] = grad((t) => logsumexp(t))(x);
        const got = await dx!.data();
        row.forEach((v, i) => {
          expect(Math.abs((got[i] ?? 0) - Math.exp(v - rest))).toBeLessThan(2e-7);
        });
      }
      const far = tensor(device, [1e4, -1e4, 1e4]);
      expect(await logsumexp(far).item()).toBeCloseTo(1e4 + Math.log(2), 2);
    },
    "moves with its argument": async (device) => {
      const x = tensor(device, values(8, 90), [9, 10]);
      const a = await logsumexp(add(x, 4), { axes: 0 }).data();
      const b = await add(logsumexp(x, { axes: 0 }), 4).data();
      a.forEach((v, i) => {
        expect(v).toBeCloseTo(b[i] ?? 0, 5);
      });
    },
    "infinity and NaN as IEEE says": async (device) => {
      for (const n of [3, 100, 33_000]) {
        const of = (change: Record<number, number>, fill = 0.5) => {
          const x = new Float32Array(n).fill(fill);
          for (const [i, v] of Object.entries(change)) x[Number(i)] = v;
          return logsumexp(tensor(device, x)).item();
        };
        expect(await of({ 1: INF })).toBe(INF);
        expect(await of({ 1: INF, 2: -INF })).toBe(INF);
        expect(await of({}, -INF)).toBe(-INF);
        expect(await of({ 1: -INF })).toBeCloseTo(0.5 + Math.log(n - 1), 5);
        expect(await of({ 1: Number.NaN })).toBeNaN();
        expect(await of({ 0: INF, 2: Number.NaN })).toBeNaN();
        expect(await of({ 2: Number.NaN }, -INF)).toBeNaN();
      }
      expect(await logsumexp(zeros(device, [0])).item()).toBe(-INF);
    },
    "the derivative is softmax, and has derivatives": async (device) => {
      const x = tensor(device, values(8, 40, -3, 3), [4, 10]);
      const [dx] = grad((t) => sum(logsumexp(t, { axes: 1 })))(x);
      expect(await dx!.data()).toEqual(await softmax(x).data());
      const first = (t: Tensor) => grad((u) => sum(square(logsumexp(u, { axes: [0, 2] }))))(t)[0]!;
      const report = gradcheck(first, [new NdArray([2, 3, 2], Float64Array.from(values(2, 12)))]);
      expect(report.ok, report.message).toBe(true);
    },
  },
});
