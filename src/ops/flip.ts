/**
 * Axes read from the end to the beginning. A copy.
 *
 *     y[…, i, …] = x[…, size − 1 − i, …]          dx = flip(dy)
 */
import { defineOp } from "../autograd/define-op.js";
import { DTYPES } from "../tensor/dtype.js";
import { NdArray } from "../tensor/ndarray.js";
import { normalizeAxes, stridesOf } from "../tensor/shape.js";
import { runStridedCopy } from "../tensor/strided-copy.js";
import type { Tensor } from "../tensor/tensor.js";

const op = defineOp({
  name: "flip",
  inputs: ["x"],
  elements: DTYPES,
  infer: ({ x }, _: { readonly axes: readonly number[] }) => x.shape,
  gpu: ({ x }, out, { axes }) => {
    const forward = stridesOf(x.shape);
    const strides = forward.map((stride, i) => (axes.includes(i) ? -stride : stride));
    const base = axes.reduce((sum, i) => sum + (x.dim(i) - 1) * (forward[i] ?? 0), 0);
    runStridedCopy(x, out, { strides, base });
  },
  reference: ({ x }, { axes }) =>
    NdArray.build(x.shape, (index) =>
      x.at(...index.map((i, a) => (axes.includes(a) ? x.dim(a) - 1 - i : i))),
    ),
  vjp: (_, dy, { axes }) => ({ x: () => flip(dy, axes) }),
});

/**
 * x → the same shape, with `axes` reversed, negative from the end. Default: all.
 * @throws ShapeError for an axis that x does not have, or that is named twice.
 */
export function flip(x: Tensor, axes?: number | readonly number[]): Tensor {
  const list = normalizeAxes("flip", axes, x.rank).filter((axis) => x.dim(axis) > 1);
  return list.length === 0 ? x : op({ x }, { axes: list });
}
