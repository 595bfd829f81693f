/**
 * Matrix product over the last two axes.
 *
 *     y = op(a) · op(b),   op(m) = m or mᵀ
 *     da = dy · op(b)ᵀ,    db = op(a)ᵀ · dy          (each transposed where its operand was)
 *
 * Bilinear, so both derivatives are matrix products again, to any order.
 */
import { defineOp } from "../autograd/define-op.js";
import { ShapeError } from "../errors.js";
import { FLOATS } from "../tensor/dtype.js";
import { NdArray } from "../tensor/ndarray.js";
import { type Shape, sameShape, showShape, sizeOf } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { reshape } from "./reshape.js";
import { product } from "./shared/product.js";

/** Which operands are transposed. */
export interface MatmulOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

const op = defineOp({
  name: "matmul",
  inputs: ["a", "b"],
  elements: FLOATS,
  saves: ["a", "b"],
  infer: ({ a, b }, options: MatmulOptions) => inferShape(a.shape, b.shape, options),
  gpu: ({ a, b }, out, options) => {
    const { a: inA, b: inB, c: inC, ...sizes } = describe(a.shape, b.shape, options);
    product([a, inA], [b, inB], [out, inC], sizes);
  },
  reference: ({ a, b }, options, { shape }) => {
    const p = describe(a.shape, b.shape, options);
    return NdArray.build(shape, (_, flat) => {
      const [n, i, j] = [Math.floor(flat / p.N / p.M), Math.floor(flat / p.N) % p.M, flat % p.N];
      const a0 = n * p.a.batch + i * p.a.row;
      const b0 = n * p.b.batch + j * p.b.col;
      let sum = 0;
      for (let k = 0; k < p.K; k++) sum += a.flat(a0 + k * p.a.col) * b.flat(b0 + k * p.b.row);
      return sum;
    });
  },
  vjp: ({ a, b }, dy, { transposeA = false, transposeB = false }) => ({
    a: () =>
      transposeA
        ? matmul(b, dy, { transposeA: transposeB, transposeB: true })
        : matmul(dy, b, { transposeB: !transposeB }),
    b: () =>
      transposeB
        ? matmul(dy, a, { transposeA: true, transposeB: transposeA })
        : matmul(a, dy, { transposeA: !transposeA }),
  }),
});

/**
 * a [..., M, K], b [..., K, N] → [..., M, N]; a transposed operand comes as [..., K, M] or
 * [..., N, K]. The leading axes are equal, or one operand has none.
 * @throws ShapeError when inner sizes or leading axes differ, or an operand has fewer than two
 * axes.
 */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  if (b.rank !== 2 || a.rank <= 2 || options.transposeA) return op({ a, b }, options);
  // One matrix for the whole batch: its rows are rows of one large product.
  const shape = inferShape(a.shape, b.shape, options);
  const rows = sizeOf(a.shape.slice(0, -1));
  return reshape(op({ a: reshape(a, [rows, a.dim(-1)]), b }, options), shape);
}

function inferShape(a: Shape, b: Shape, { transposeA, transposeB }: MatmulOptions): Shape {
  const show = (shape: Shape, flip = false): string =>
    showShape(shape) + (flip ? " transposed" : "");
  const what = `a is ${show(a, transposeA)}, b is ${show(b, transposeB)}`;
  if (a.length < 2 || b.length < 2) {
    throw new ShapeError(
      `matmul: both operands need two axes or more: ${what}. Add axes with reshape.`,
    );
  }
  const [m, k] = lastTwo(a, transposeA);
  const [l, n] = lastTwo(b, transposeB);
  if (k !== l) {
    throw new ShapeError(
      `matmul: inner dimensions differ: ${what} (${k} ≠ ${l}). ` +
        "Transpose an operand with { transposeA } or { transposeB }, or check the layer's sizes.",
    );
  }
  const [lead, other] = [a.slice(0, -2), b.slice(0, -2)];
  if (lead.length > 0 && other.length > 0 && !sameShape(lead, other)) {
    throw new ShapeError(
      `matmul: leading axes differ: ${what}. ` +
        "Make them equal with broadcastTo, or give one operand as a single matrix.",
    );
  }
  return [...(lead.length > 0 ? lead : other), m, n];
}

function lastTwo(shape: Shape, transpose = false): readonly [number, number] {
  const [rows, columns] = [shape.at(-2) ?? 1, shape.at(-1) ?? 1];
  return transpose ? [columns, rows] : [rows, columns];
}

/** Sizes and strides; a single matrix has batch stride 0. */
function describe(a: Shape, b: Shape, { transposeA, transposeB }: MatmulOptions) {
  const [M, K] = lastTwo(a, transposeA);
  const N = lastTwo(b, transposeB)[1];
  return {
    batch: sizeOf((a.length > 2 ? a : b).slice(0, -2)),
    M,
    N,
    K,
    a: { batch: a.length > 2 ? M * K : 0, row: transposeA ? 1 : K, col: transposeA ? M : 1 },
    b: { batch: b.length > 2 ? K * N : 0, row: transposeB ? 1 : N, col: transposeB ? K : 1 },
    c: { batch: M * N, row: N, col: 1 },
  };
}
