/**
 * Tensors of one shape side by side along a new axis. A copy; the way back is `split` or `slice`.
 *
 *     y[…, k, …] = x_k          dx_k = dy[…, k, …]
 */
import { ShapeError } from "../errors.js";
import { sameShape, showShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { concat } from "./concat.js";
import { unsqueeze } from "./squeeze.js";

/**
 * n tensors [...] → [..., n, ...], the new axis standing at `axis` of the result.
 * @throws ShapeError when shapes differ, or no tensor was given.
 */
export function stack(inputs: readonly Tensor[], axis = 0): Tensor {
  const [first] = inputs;
  if (!first) throw new ShapeError("stack: no tensor was given. Give at least one.");
  const other = inputs.find((x) => !sameShape(x.shape, first.shape));
  if (other) {
    throw new ShapeError(
      `stack: ${showShape(first.shape)} and ${showShape(other.shape)} differ. ` +
        "Give tensors of one shape, or join them with concat.",
    );
  }
  return concat(
    inputs.map((x) => unsqueeze(x, axis)),
    axis,
  );
}
