import fc from "fast-check";
import { expect } from "vitest";
import { softmax } from "../../src/ops/softmax.js";
import { tensor } from "../../src/tensor/create.js";
import { opSuite } from "../op-suite.js";

const of = (...shape: number[]) => ({ inputs: [{ shape }], attrs: {} });

opSuite("softmax", {
  apply: ([x]) => softmax(x!),
  arbitrary: fc
    .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 130 }))
    .map(([rows, cols]) => of(rows, cols)),
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
    of(1027, 4),
    of(1024, 132),
  ],
  laws: {
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
  },
});
