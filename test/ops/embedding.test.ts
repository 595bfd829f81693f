import fc from "fast-check";
import { expect } from "vitest";
import { embedding } from "../../src/ops/embedding.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import { opSuite } from "../op-suite.js";

const of = (rows: number, cols: number, ids: number[], below = rows) => ({
  inputs: [{ shape: [rows, cols] }, { shape: ids, below }],
  attrs: {},
});

opSuite("embedding", {
  kernels: ["fast", "naive"],
  apply: ([weight, ids]) => embedding(weight!, ids!),
  arbitrary: fc
    .tuple(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 2 }),
    )
    .map(([rows, cols, ids]) => of(rows, cols, ids)),
  edges: [
    of(1, 1, []),
    of(3, 4, [0]),
    of(3, 0, [2]),
    of(0, 3, [0]),
    of(100, 65, [8, 12]),
    // Ids past the end read the last row, in the kernel and in the reference.
    of(3, 5, [20], 6),
  ],
  laws: {
    "rows in order": async (device) => {
      const weight = tensor(device, [0, 1, 10, 11, 20, 21], [3, 2]);
      const y = embedding(weight, tensor(device, Uint32Array.of(2, 0, 7), [3]));
      expect([...(await y.data())]).toEqual([20, 21, 0, 1, 20, 21]);
    },
  },
  errors: {
    "a table of rank 3": (device) => {
      const ids = zeros(device, [2], { dtype: "u32" });
      expect(() => embedding(zeros(device, [2, 3, 4]), ids)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: embedding: weight [2, 3, 4] has rank 3, expected 2. Give a table [rows, columns].]`,
      );
    },
    "a table without rows": (device) => {
      const ids = zeros(device, [2], { dtype: "u32" });
      expect(() => embedding(zeros(device, [0, 4]), ids)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: embedding: the table [0, 4] has no row for 2 ids. Give a table of at least one row.]`,
      );
    },
    "ids that are no integers": (device) => {
      const ids = zeros(device, [2]);
      expect(() => embedding(zeros(device, [3, 4]), ids)).toThrowErrorMatchingInlineSnapshot(
        `[DtypeError: embedding: ids is f32, expected u32. Make it with { dtype: "u32" }.]`,
      );
    },
  },
});
