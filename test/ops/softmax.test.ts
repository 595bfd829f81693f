import fc from "fast-check";
import { expect } from "vitest";
import { type SoftmaxOptions, softmax } from "../../src/ops/softmax.js";
import { sum } from "../../src/ops/sum.js";
import { tensor } from "../../src/tensor/create.js";
import { type OpCase, opSuite } from "../op-suite.js";
import { values } from "../random.js";

const over = (axes: number | readonly number[], ...shape: number[]): OpCase<SoftmaxOptions> => ({
  inputs: [{ shape }],
  attrs: { axes },
});
const of = (...shape: number[]) => over(-1, ...shape);

opSuite<SoftmaxOptions>("softmax", {
  apply: ([x], options) => softmax(x!, options),
  arbitrary: fc
    .record({
      rows: fc.integer({ min: 1, max: 6 }),
      cols: fc.integer({ min: 1, max: 130 }),
      axes: fc.subarray([0, 1]),
    })
    .map(({ rows, cols, axes }) => over(axes, rows, cols)),
  edges: [
    of(1),
    of(0, 5),
    of(3, 0),
    of(2, 63),
    of(2, 64),
    of(2, 65),
    of(2, 3, 5),
    of(1023, 3),
    of(1024, 3),
    of(1025, 65),
    over(0, 65, 3),
    over([0, 2], 3, 4, 5),
    over([0, 1], 0, 5),
    of(1027, 4),
    of(1024, 132),
  ],
  laws: {
    "sums over any axes are one; by default those of the last": async (device) => {
      const x = tensor(device, values(3, 60, -9, 9), [3, 4, 5]);
      for (const axes of [0, 1, -1, [0, 2], [0, 1, 2]]) {
        for (const v of await sum(softmax(x, { axes }), { axes }).data())
          expect(v).toBeCloseTo(1, 6);
      }
      expect(await softmax(x).data()).toEqual(await softmax(x, { axes: 2 }).data());
    },
    "rows sum to one, also at ±1e4": async (device) => {
      const x = tensor(device, [1e4, 1e4 - 1, -1e4, 0, 1, 2], [2, 3]);
      const y = await softmax(x).data();
      expect((y[0] ?? 0) + (y[1] ?? 0) + (y[2] ?? 0)).toBeCloseTo(1, 6);
      expect(y[2]).toBe(0);
      expect(y[0]).toBeCloseTo(1 / (1 + Math.exp(-1)), 6);
    },
    "−∞ takes no part; NaN and +∞ spoil their row alone": async (device) => {
      const INF = Number.POSITIVE_INFINITY;
      const rows = [0, -INF, 0, 1, Number.NaN, 2, 0, INF, 1, -INF, -INF, -INF, 1, 1, 1];
      const kinds = [1, 300].flatMap((repeats) => [3, 4, 8].map((cols) => ({ repeats, cols })));
      for (const { repeats, cols } of kinds) {
        const wide = [0, 3, 6, 9, 12].flatMap((at) => [
          ...rows.slice(at, at + 3),
          ...Array<number>(cols - 3).fill(-INF),
        ]);
        const x = Array.from({ length: repeats }, () => wide).flat();
        const y = await softmax(tensor(device, x, [5 * repeats, cols])).data();
        const row = (i: number) => [...y.slice(i * cols, i * cols + 3)];
        expect(row(0)).toEqual([0.5, 0, 0.5]);
        expect([...y.slice(cols, 4 * cols)].every(Number.isNaN)).toBe(true);
        for (const v of row(4)) expect(v).toBeCloseTo(1 / 3, 6);
      }
    },
  },
  errors: {
    "a scalar": (device) => {
      expect(() => softmax(tensor(device, [1], []))).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: softmax: x [] has rank 0, expected at least 1. Add axes with reshape.]`,
      );
    },
    "no such axis": (device) => {
      const call = () => softmax(tensor(device, [1, 2]), { axes: 1 });
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: softmax: axis 1 does not exist in a tensor of rank 1. Use -1 to 0.]`,
      );
    },
  },
});
