import fc from "fast-check";
import { expect, test } from "vitest";
import { rowThreads, shareRows } from "../../../src/ops/shared/row-threads.js";
import { asRows, atLeastRank } from "../../../src/ops/shared/rows.js";
import { sizeOf } from "../../../src/tensor/shape.js";

test("rows and columns make the size; a scalar is a row of one, no columns are no rows", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 }), (shape) => {
      const { rows, cols } = asRows(shape);
      expect(rows * cols).toBe(sizeOf(shape));
      expect(cols).toBe(shape.at(-1) ?? 1);
    }),
  );
  expect(asRows([])).toEqual({ rows: 1, cols: 1 });
  expect(asRows([3, 0])).toEqual({ rows: 0, cols: 0 });
});

test("a rank that is too low is named", () => {
  expect(atLeastRank("op", [2, 3], 2)).toEqual([2, 3]);
  expect(() => atLeastRank("op", [3], 2)).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: op: x [3] has rank 1, expected at least 2. Add axes with reshape.]`,
  );
});

test("threads of a row: a power of two from 8 to 64, more for longer rows", () => {
  fc.assert(
    fc.property(fc.nat(100_000), fc.nat(1000), (steps, more) => {
      const threads = rowThreads(steps);
      expect(Number.isInteger(Math.log2(threads))).toBe(true);
      expect(threads).toBeGreaterThanOrEqual(8);
      expect(threads).toBeLessThanOrEqual(64);
      expect(rowThreads(steps + more)).toBeGreaterThanOrEqual(threads);
    }),
  );
});

test("on a processor one subgroup shares a row, however long", () => {
  expect([16, 100_000].map((n) => rowThreads(n, { software: true, subgroupSize: 4 }))).toEqual([
    4, 4,
  ]);
});

test("there is a thread for every row, and whole rows in a workgroup", () => {
  fc.assert(
    fc.property(
      fc.nat(5000),
      fc.integer({ min: 1, max: 5000 }),
      fc.constantFrom(1, 4),
      fc.constantFrom(undefined, 4, 8, 32),
      fc.boolean(),
      (rows, cols, lanes, subgroupSize, software) => {
        const adapter = { subgroupSize, software };
        const { groups, overrides } = shareRows(rows, cols, lanes, adapter);
        const { THREADS, WORKGROUP } = overrides;
        expect(WORKGROUP % THREADS).toBe(0);
        const inGroup = WORKGROUP / THREADS;
        expect(groups * inGroup).toBeGreaterThanOrEqual(rows);
        expect((groups - 1) * inGroup).toBeLessThan(Math.max(1, rows));
      },
    ),
  );
});
