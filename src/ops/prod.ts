/**
 * Product over axes.
 *
 *     y = Π_i x_i          dx_i = dy · Π_{j≠i} x_j
 *
 * The products of the others are not y / x_i, which has no value where x_i = 0: they come from a
 * tree, whose nodes are told the product of all that lies outside of them. The tree is made of ops,
 * some 5 log₂ n of them, so it has derivatives of every order, zeros or not.
 */
import { defineOp } from "../autograd/define-op.js";
import { defineFold, runReduction } from "../autograd/fold.js";
import { planReduction, reduceReference } from "../autograd/reduction.js";
import { full } from "../tensor/create.js";
import { FLOATS } from "../tensor/dtype.js";
import { reducedShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { mul } from "./binary.js";
import { concat } from "./concat.js";
import { type Axes, asMatrix, overAxes } from "./shared/reduce.js";
import { slice } from "./slice.js";
import type { ReduceOptions } from "./sum.js";

const multiplication = defineFold("a * b", 1);

const op = defineOp({
  name: "prod",
  inputs: ["x"],
  elements: FLOATS,
  saves: ["x"],
  infer: ({ x }, { axes }: Axes) => reducedShape(x.shape, axes, true),
  gpu: ({ x }, out) =>
    runReduction(planReduction(x.shape, out.shape, "prod"), x, out, multiplication),
  reference: ({ x }, _, { shape }) => reduceReference(x, shape, 1, (a, b) => a * b),
  vjp: ({ x }, dy, { axes }) => ({ x: () => mul(dy, asMatrix(x, axes, productsOfOthers)) }),
});

/**
 * x, any shape → its product over `axes`. An empty product is 1.
 * @throws ShapeError for an axis that x does not have.
 */
export function prod(x: Tensor, options: ReduceOptions = {}): Tensor {
  return overAxes("prod", x, options, (axes) => op({ x }, { axes }));
}

/** x [rows, n] → the same shape: in each place the product of the rest of its row. */
function productsOfOthers(x: Tensor): Tensor {
  const n = x.dim(1);
  if (n < 2) return full(x.device, x.shape, 1);
  const half = Math.floor(n / 2);
  const part = (y: Tensor, start: number, end: number) => slice(y, { axis: 1, start, end });
  const a = part(x, 0, half);
  const b = part(x, half, 2 * half);
  const odd = n > 2 * half ? [part(x, 2 * half, n)] : [];
  const outside = productsOfOthers(concat([mul(a, b), ...odd], 1));
  const pairs = part(outside, 0, half);
  const rest = odd.length > 0 ? [part(outside, half, half + 1)] : [];
  return concat([mul(pairs, b), mul(pairs, a), ...rest], 1);
}
