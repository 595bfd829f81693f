/**
 * Repeats along axes of size 1 and along new leading axes: NumPy's broadcasting, made real.
 *
 *     y[i_0, …] = x[i_a or 0, …]          dx = Σ over the repeated axes of dy
 *
 * A copy, since tensors are contiguous; elementwise functions broadcast without one. The work, and
 * the derivative, are those of `broadcastTo` (autograd/cotangent.ts).
 */
import { broadcastTo } from "../autograd/cotangent.js";
import { ShapeError } from "../errors.js";
import { assertShape, type Shape, showShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";

/**
 * x → a tensor of `shape`, aligned at the right. A size of -1 keeps that of x.
 * @throws ShapeError when x does not broadcast to `shape`.
 */
export function expand(x: Tensor, shape: Shape): Tensor {
  const lead = shape.length - x.rank;
  const full = shape.map((size, i) => {
    const own = i < lead ? undefined : x.shape[i - lead];
    if (size !== -1) return size;
    if (own !== undefined) return own;
    throw new ShapeError(
      `expand: axis ${i} of ${showShape(shape)} is new, x is ${showShape(x.shape)}, so -1 has ` +
        "nothing to keep. Give its size.",
    );
  });
  if (lead < 0 || x.shape.some((own, i) => own !== 1 && own !== full[i + lead])) {
    throw new ShapeError(
      `expand: ${showShape(x.shape)} does not expand to ${showShape(shape)}. Sizes aligned at the ` +
        "right must be equal, or 1 in x; new axes stand in front.",
    );
  }
  assertShape("expand", full);
  return broadcastTo(x, full);
}
