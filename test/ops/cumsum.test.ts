import fc from "fast-check";
import { expect } from "vitest";
import { grad } from "../../src/autograd/grad.js";
import { gradcheck } from "../../src/autograd/gradcheck.js";
import { type CumsumOptions, cumsum } from "../../src/ops/cumsum.js";
import { sum } from "../../src/ops/sum.js";
import { square } from "../../src/ops/unary.js";
import { ones, tensor, zeros } from "../../src/tensor/create.js";
import { NdArray } from "../../src/tensor/ndarray.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { type OpCase, opSuite, shapes } from "../op-suite.js";
import { values } from "../random.js";

const of = (shape: readonly number[], axis: number, reverse = false): OpCase<CumsumOptions> => ({
  inputs: [{ shape }],
  attrs: { axis, reverse },
});

opSuite<CumsumOptions>("cumsum", {
  apply: ([x], options) => cumsum(x!, options),
  arbitrary: fc
    .tuple(shapes(3, 40), fc.integer({ min: -3, max: 2 }), fc.boolean())
    .map(([shape, axis, reverse]) => of(shape, axis, reverse)),
  gradients: [of([2, 3, 4], 1), of([7], 0, true), of([3, 5], -1), of([1], 0)],
  edges: [
    ...[0, 1, 31, 32, 63, 64, 65, 130].map((n) => of([n], 0)),
    of([65], -1, true),
    of([3, 0], 0),
    of([1025, 33], 1),
    of([33, 1025], 0, true),
    of([2, 300, 3], 1),
    { inputs: [{ shape: [1, 33_001, 2], low: 0 }], attrs: { axis: 1 } },
    { inputs: [{ shape: [33_001, 2], low: 0 }], attrs: { axis: 0, reverse: true } },
  ],
  tolerance: 2e-5,
  runs: 10,
  laws: {
    "of ones counts, from both ends, across chunks": async (device) => {
      const n = 2 ** 20 + 3;
      const up = await cumsum(ones(device, [n]), { axis: 0 }).data();
      const down = await cumsum(ones(device, [n]), { axis: 0, reverse: true }).data();
      expect(up.every((v, i) => v === i + 1)).toBe(true);
      expect(down.every((v, i) => v === n - i)).toBe(true);
    },
    "past 65 535 groups": async (device) => {
      const y = await cumsum(ones(device, [65_536 * 64, 2]), { axis: 1 }).data();
      expect(y.every((v, i) => v === (i % 2) + 1)).toBe(true);
    },
    "spoils nothing before a NaN or an infinity": async (device) => {
      const x = new Float32Array(200).fill(1);
      x[50] = Number.POSITIVE_INFINITY;
      x[150] = Number.NaN;
      const y = await cumsum(tensor(device, x), { axis: 0 }).data();
      expect(y[49]).toBe(50);
      expect(y.slice(50, 150).every((v) => v === Number.POSITIVE_INFINITY)).toBe(true);
      expect(y.slice(150).every((v) => Number.isNaN(v))).toBe(true);
    },
    "ends with the sum": async (device) => {
      const x = tensor(device, values(6, 3 * 500), [3, 500]);
      const y = await cumsum(x, { axis: 1 }).data();
      const total = await sum(x, { axes: 1 }).data();
      total.forEach((v, row) => {
        expect(Math.abs(v - (y[row * 500 + 499] ?? 0))).toBeLessThan(1e-4);
      });
    },
    "second derivatives": () => {
      const first = (x: Tensor) => grad((t) => sum(square(square(cumsum(t, { axis: 0 })))))(x)[0]!;
      const report = gradcheck(first, [new NdArray([5], Float64Array.from(values(2, 5)))]);
      expect(report.ok, report.message).toBe(true);
    },
  },
  errors: {
    "no such axis": (device) => {
      const call = () => cumsum(zeros(device, [2, 3]), { axis: 2 });
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: cumsum: axis 2 does not exist in a tensor of rank 2. Use -2 to 1.]`,
      );
    },
  },
});
