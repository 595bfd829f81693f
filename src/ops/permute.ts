/**
 * Axes in another order: a view where only axes of size 1 move, else a copy.
 *
 *     y[i_axes[0], i_axes[1], …] = x[i_0, i_1, …]          dx = permute(dy, inverse of axes)
 */
import { defineOp } from "../autograd/define-op.js";
import { ShapeError } from "../errors.js";
import { DTYPES } from "../tensor/dtype.js";
import { NdArray } from "../tensor/ndarray.js";
import { known, normalizeAxis, showShape, stridesOf } from "../tensor/shape.js";
import { runStridedCopy } from "../tensor/strided-copy.js";
import type { Tensor } from "../tensor/tensor.js";
import { reshape } from "./reshape.js";

const op = defineOp({
  name: "permute",
  inputs: ["x"],
  elements: DTYPES,
  infer: ({ x }, { axes }: { readonly axes: readonly number[] }) =>
    axes.map((a) => known(x.shape, a)),
  gpu: ({ x }, out, { axes }) => {
    const strides = stridesOf(x.shape);
    runStridedCopy(x, out, { strides: axes.map((a) => known(strides, a)) });
  },
  reference: ({ x }, { axes }, { shape }) => {
    const inverse = invert(axes);
    return NdArray.build(shape, (index) => x.at(...inverse.map((i) => known(index, i))));
  },
  vjp: (_, dy, { axes }) => ({ x: () => permute(dy, invert(axes)) }),
});

/**
 * x → axis i of the result is axis `axes[i]` of x. Negative axes count from the end.
 * @throws ShapeError unless each axis is named once.
 */
export function permute(x: Tensor, axes: readonly number[]): Tensor {
  const list = axes.map((axis) => normalizeAxis("permute", axis, x.rank));
  if (list.length !== x.rank || new Set(list).size !== x.rank) {
    throw new ShapeError(
      `permute: axes [${axes.join(", ")}] do not name each of the ${x.rank} axes of ` +
        `${showShape(x.shape)} once. Name each axis exactly once.`,
    );
  }
  // Axes of size 1 stand anywhere.
  const long = list.filter((axis) => x.dim(axis) !== 1);
  const inOrder = long.every((axis, i) => i === 0 || axis > (long[i - 1] ?? 0));
  const shape = list.map((axis) => x.dim(axis));
  return inOrder ? reshape(x, shape) : op({ x }, { axes: list });
}

/**
 * x [..., a, b] → [..., b, a].
 * @throws ShapeError for fewer than two axes.
 */
export function transpose(x: Tensor): Tensor {
  if (x.rank < 2) {
    throw new ShapeError(
      `transpose: x ${showShape(x.shape)} has rank ${x.rank}, expected at least 2. ` +
        "Add axes with reshape.",
    );
  }
  const lead = Array.from({ length: x.rank - 2 }, (_, i) => i);
  return permute(x, [...lead, x.rank - 1, x.rank - 2]);
}

function invert(axes: readonly number[]): number[] {
  const inverse = axes.map(() => 0);
  axes.forEach((axis, i) => {
    inverse[axis] = i;
  });
  return inverse;
}
