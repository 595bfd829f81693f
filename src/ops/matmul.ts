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
import { kernel } from "../shaders/kernel.js";
import { type Tile, tileFor } from "../shaders/tiles.js";
import { FLOATS } from "../tensor/dtype.js";
import { NdArray } from "../tensor/ndarray.js";
import { type Shape, sameShape, showShape, sizeOf } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { reshape } from "./reshape.js";

/** Which operands are transposed. */
export interface MatmulOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

const PARAMS = {
  batch: "u32",
  M: "u32",
  N: "u32",
  K: "u32",
  a_batch: "u32",
  a_row: "u32",
  a_col: "u32",
  b_batch: "u32",
  b_row: "u32",
  b_col: "u32",
  c_batch: "u32",
  c_row: "u32",
  c_col: "u32",
} as const;

const kernels = {
  naive: kernel("matmul.naive", PARAMS),
  tiled: kernel("matmul.tiled", PARAMS),
  subgroup: kernel("matmul.subgroup", PARAMS),
};

type Product = { readonly [P in keyof typeof PARAMS]: number };

const op = defineOp({
  name: "matmul",
  inputs: ["a", "b"],
  elements: FLOATS,
  saves: ["a", "b"],
  infer: ({ a, b }, options: MatmulOptions) => inferShape(a.shape, b.shape, options),
  gpu: ({ a, b }, out, options) => {
    const given = describe(a.shape, b.shape, options);
    const swapped = area(given.N, given.M) < area(given.M, given.N);
    const product = swapped ? transposed(given) : given;
    const tile = tileFor(out.gpu.device);
    kernels[tile.variant]({
      tensors: swapped ? [b, a, out] : [a, b, out],
      params: product,
      groups: groupsOf(product, tile),
      overrides: tile.overrides,
      flop: 2 * given.batch * given.M * given.N * given.K,
    });
  },
  reference: ({ a, b }, options, { shape }) => {
    const p = describe(a.shape, b.shape, options);
    return NdArray.build(shape, (_, flat) => {
      const [n, i, j] = [Math.floor(flat / p.N / p.M), Math.floor(flat / p.N) % p.M, flat % p.N];
      const a0 = n * p.a_batch + i * p.a_row;
      const b0 = n * p.b_batch + j * p.b_col;
      let sum = 0;
      for (let k = 0; k < p.K; k++) sum += a.flat(a0 + k * p.a_col) * b.flat(b0 + k * p.b_row);
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
function describe(a: Shape, b: Shape, { transposeA, transposeB }: MatmulOptions): Product {
  const [M, K] = lastTwo(a, transposeA);
  const N = lastTwo(b, transposeB)[1];
  return {
    batch: sizeOf((a.length > 2 ? a : b).slice(0, -2)),
    M,
    N,
    K,
    a_batch: a.length > 2 ? M * K : 0,
    a_row: transposeA ? 1 : K,
    a_col: transposeA ? M : 1,
    b_batch: b.length > 2 ? K * N : 0,
    b_row: transposeB ? 1 : N,
    b_col: transposeB ? K : 1,
    c_batch: M * N,
    c_row: N,
    c_col: 1,
  };
}

/** Tiles of the fast kernels, 16 × 32 at their smallest. */
function area(m: number, n: number): number {
  return Math.ceil(m / 16) * Math.ceil(n / 32);
}

/** cᵀ = bᵀ · aᵀ: the same numbers by other strides, where that fills the tiles better. */
function transposed(p: Product): Product {
  return {
    ...p,
    M: p.N,
    N: p.M,
    a_batch: p.b_batch,
    a_row: p.b_col,
    a_col: p.b_row,
    b_batch: p.a_batch,
    b_row: p.a_col,
    b_col: p.a_row,
    c_row: 1,
    c_col: p.N,
  };
}

function groupsOf({ batch, M, N }: Product, { variant, rows, columns, threads }: Tile): number {
  if (variant === "naive") return Math.ceil((batch * M * N) / threads);
  return batch * Math.ceil(M / rows) * Math.ceil(N / (columns * threads));
}
