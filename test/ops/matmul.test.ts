import fc from "fast-check";
import { expect } from "vitest";
import { type MatmulOptions, matmul } from "../../src/ops/matmul.js";
import { tensor } from "../../src/tensor/create.js";
import { type OpCase, opSuite } from "../op-suite.js";

const of = (a: number[], b: number[], attrs: MatmulOptions = {}): OpCase<MatmulOptions> => ({
  inputs: [{ shape: a }, { shape: b }],
  attrs,
});
const size = fc.integer({ min: 1, max: 20 });
const lead = fc.constantFrom<number[]>([], [1], [3], [2, 2]);

opSuite("matmul", {
  apply: ([a, b], options) => matmul(a!, b!, options),
  arbitrary: fc
    .record({ M: size, N: size, K: size, lead, shared: fc.constantFrom("none", "a", "b") })
    .chain(({ M, N, K, lead, shared }) =>
      fc
        .record({ transposeA: fc.boolean(), transposeB: fc.boolean() })
        .map((options) =>
          of(
            [...(shared === "a" ? [] : lead), ...(options.transposeA ? [K, M] : [M, K])],
            [...(shared === "b" ? [] : lead), ...(options.transposeB ? [N, K] : [K, N])],
            options,
          ),
        ),
    ),
  edges: [
    of([1, 1], [1, 1]),
    of([3, 0], [0, 4]),
    of([0, 3], [3, 4]),
    of([2, 0, 3], [2, 3, 4]),
    of([15, 7], [7, 31]),
    of([16, 7], [7, 32]),
    of([17, 7], [7, 33]),
    of([100, 3], [3, 1]),
    of([1, 3], [100, 3], { transposeB: true }),
    of([2, 9, 33], [2, 9, 65], { transposeA: true }),
    // Four elements at a time: tiles of 32 × 32 (16 × 16 in subgroups of 4), not filled.
    of([33, 8], [8, 36]),
    of([31, 12], [35, 12], { transposeB: true }),
    of([2, 12, 33], [2, 12, 40], { transposeA: true }),
    of([16, 34], [37, 16], { transposeA: true, transposeB: true }),
    of([65, 4], [4, 4]),
    of([65_537, 1, 2], [2, 1]),
    of([1, 2], [66_000, 2, 1]),
  ],
  kernels: ["fast", "wide", "naive"],
  laws: {
    "the identity changes nothing": async (device) => {
      const x = tensor(device, [1, 2, 3, 4, 5, 6], [3, 2]);
      const y = matmul(x, tensor(device, [1, 0, 0, 1], [2, 2]));
      expect([...(await y.data())]).toEqual([1, 2, 3, 4, 5, 6]);
    },
    "(a b)ᵀ = bᵀ aᵀ": async (device) => {
      const a = tensor(device, [1, 2, 3, 4, 5, 6], [2, 3]);
      const b = tensor(device, [1, -1, 0.5, 2, -3, 4], [3, 2]);
      const left = await matmul(a, b).data();
      const right = await matmul(b, a, { transposeA: true, transposeB: true }).data();
      expect([right[0], right[2], right[1], right[3]]).toEqual([...left]);
    },
  },
  errors: {
    "inner dimensions": (device) => {
      const [a, b] = [
        tensor(device, Array(6).fill(0), [2, 3]),
        tensor(device, Array(8).fill(0), [4, 2]),
      ];
      expect(() => matmul(a, b)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: matmul: inner dimensions differ: a is [2, 3], b is [4, 2] (3 ≠ 4). Transpose an operand with { transposeA } or { transposeB }, or check the layer's sizes.]`,
      );
      expect(() => matmul(a, b, { transposeB: true })).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: matmul: inner dimensions differ: a is [2, 3], b is [4, 2] transposed (3 ≠ 2). Transpose an operand with { transposeA } or { transposeB }, or check the layer's sizes.]`,
      );
    },
    "a vector": (device) => {
      const a = tensor(device, [1, 2], [2]);
      expect(() => matmul(a, a)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: matmul: both operands need two axes or more: a is [2], b is [2]. Add axes with reshape.]`,
      );
    },
    "leading axes": (device) => {
      const a = tensor(device, [1, 2], [2, 1, 1]);
      const b = tensor(device, [1, 2, 3], [3, 1, 1]);
      expect(() => matmul(a, b)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: matmul: leading axes differ: a is [2, 1, 1], b is [3, 1, 1]. Make them equal with broadcastTo, or give one operand as a single matrix.]`,
      );
    },
  },
});
