/**
 * The products of attention: matrices of all heads of all batch elements, each operand with its own
 * strides, so that nothing is copied. q, k, v, y are [B, length, C] with heads side by side in C;
 * weights are [B, heads, T, S].
 *
 *     scores(q, k)[b, h, t, s]  = scale Σ_c q[b, t, h, c] k[b, s, h, c]
 *     mix(w, v)[b, t, h, c]     = scale Σ_s w[b, h, t, s] v[b, s, h, c]
 *     mixBack(w, q)[b, s, h, c] = scale Σ_t w[b, h, t, s] q[b, t, h, c]
 *
 * Bilinear, and closed under differentiation: to any order.
 */
import { defineOp } from "../autograd/define-op.js";
import { FLOATS } from "../tensor/dtype.js";
import { NdArray } from "../tensor/ndarray.js";
import type { Shape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { type ProductOptions, product, type Strides } from "./shared/product.js";

export interface ProductAttrs {
  readonly heads: number;
  readonly scale: number;
}

/** A matrix for every head, of rows × cols. */
export interface Matrices extends Strides {
  readonly head: number;
  readonly rows: number;
  readonly cols: number;
}

const scoresOp = defineOp({
  name: "attentionScores",
  inputs: ["q", "k"],
  elements: FLOATS,
  saves: ["q", "k"],
  infer: ({ q, k }, { heads }: ProductAttrs) => [
    q.shape[0] ?? 0,
    heads,
    q.shape[1] ?? 0,
    k.shape[1] ?? 0,
  ],
  gpu: ({ q, k }, out, attrs) =>
    multiply(
      [q, inHeads(q.shape, attrs.heads)],
      [k, transposed(inHeads(k.shape, attrs.heads))],
      [out, inWeights(out.shape)],
      attrs,
    ),
  reference: ({ q, k }, attrs, { shape }) =>
    referenceProduct(
      [q, inHeads(q.shape, attrs.heads)],
      [k, transposed(inHeads(k.shape, attrs.heads))],
      [shape, inWeights(shape)],
      attrs,
    ),
  vjp: ({ q, k }, dy, attrs) => ({
    q: () => mix(dy, k, attrs),
    k: () => mixBack(dy, q, attrs),
  }),
});

const mixOp = defineOp({
  name: "attentionMix",
  inputs: ["weights", "v"],
  elements: FLOATS,
  saves: ["weights", "v"],
  infer: ({ weights, v }, _: ProductAttrs) => withLength(v.shape, weights.shape[2]),
  gpu: ({ weights, v }, out, attrs) =>
    multiply(
      [weights, inWeights(weights.shape)],
      [v, inHeads(v.shape, attrs.heads)],
      [out, inHeads(out.shape, attrs.heads)],
      attrs,
    ),
  reference: ({ weights, v }, attrs, { shape }) =>
    referenceProduct(
      [weights, inWeights(weights.shape)],
      [v, inHeads(v.shape, attrs.heads)],
      [shape, inHeads(shape, attrs.heads)],
      attrs,
    ),
  vjp: ({ weights, v }, dy, attrs) => ({
    weights: () => scores(dy, v, attrs),
    v: () => mixBack(weights, dy, attrs),
  }),
});

const mixBackOp = defineOp({
  name: "attentionMixBack",
  inputs: ["weights", "q"],
  saves: ["weights", "q"],
  infer: ({ weights, q }, _: ProductAttrs) => withLength(q.shape, weights.shape[3]),
  gpu: ({ weights, q }, out, attrs) =>
    multiply(
      [weights, transposed(inWeights(weights.shape))],
      [q, inHeads(q.shape, attrs.heads)],
      [out, inHeads(out.shape, attrs.heads)],
      attrs,
    ),
  reference: ({ weights, q }, attrs, { shape }) =>
    referenceProduct(
      [weights, transposed(inWeights(weights.shape))],
      [q, inHeads(q.shape, attrs.heads)],
      [shape, inHeads(shape, attrs.heads)],
      attrs,
    ),
  vjp: ({ weights, q }, dy, attrs) => ({
    weights: () => scores(q, dy, attrs),
    q: () => mix(weights, dy, attrs),
  }),
});

/** q [B, T, C], k [B, S, C] → [B, heads, T, S]. */
export function scores(q: Tensor, k: Tensor, attrs: ProductAttrs): Tensor {
  return scoresOp({ q, k }, attrs);
}

/** weights [B, heads, T, S], v [B, S, C] → [B, T, C]. */
export function mix(weights: Tensor, v: Tensor, attrs: ProductAttrs): Tensor {
  return mixOp({ weights, v }, attrs);
}

/** weights [B, heads, T, S], q [B, T, C] → [B, S, C]. */
export function mixBack(weights: Tensor, q: Tensor, attrs: ProductAttrs): Tensor {
  return mixBackOp({ weights, q }, attrs);
}

/** [B, length, C] as matrices [length, C / heads]. */
export function inHeads([, length = 0, c = 0]: Shape, heads: number): Matrices {
  const d = c / heads;
  return { batch: length * c, head: d, row: c, col: 1, rows: length, cols: d };
}

/** [B, heads, T, S] as matrices [T, S]. */
export function inWeights([, heads = 0, t = 0, s = 0]: Shape): Matrices {
  return { batch: heads * t * s, head: t * s, row: s, col: 1, rows: t, cols: s };
}

export function transposed(m: Matrices): Matrices {
  return { ...m, row: m.col, col: m.row, rows: m.cols, cols: m.rows };
}

function withLength([b = 0, , c = 0]: Shape, length = 0): Shape {
  return [b, length, c];
}

/** x y → out, for every head of every batch element: by kernels, where x.cols = y.rows. */
export function multiply(
  [x, a]: readonly [Tensor, Matrices],
  [y, b]: readonly [Tensor, Matrices],
  [out, c]: readonly [Tensor, Matrices],
  { heads, ...options }: ProductOptions & { readonly heads: number },
): void {
  const sizes = { batch: x.dim(0), heads, M: c.rows, N: c.cols, K: a.cols };
  product([x, a], [y, b], [out, c], sizes, options);
}

function referenceProduct(
  [x, a]: readonly [NdArray, Matrices],
  [y, b]: readonly [NdArray, Matrices],
  [shape, c]: readonly [Shape, Matrices],
  { heads, scale }: ProductAttrs,
): NdArray {
  const out = new NdArray(shape);
  for (let n = 0; n < out.dim(0); n++) {
    for (let h = 0; h < heads; h++) {
      const [x_0, y_0] = [n * a.batch + h * a.head, n * b.batch + h * b.head];
      const out_0 = n * c.batch + h * c.head;
      for (let i = 0; i < c.rows; i++) {
        for (let j = 0; j < c.cols; j++) {
          let sum = 0;
          for (let k = 0; k < a.cols; k++) {
            sum += x.flat(x_0 + i * a.row + k * a.col) * y.flat(y_0 + k * b.row + j * b.col);
          }
          out.data[out_0 + i * c.row + j * c.col] = scale * sum;
        }
      }
    }
  }
  return out;
}
