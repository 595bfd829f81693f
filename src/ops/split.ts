/**
 * Parts along an axis, of given sizes: views where `slice` gives one. The way back is `concat`.
 *
 *     y_k = x[start_k : start_k + size_k],   start_k = Σ_{j<k} size_j
 *     dx  = [dy_1; dy_2; …]                  (each part gives its own piece; the tape adds them)
 */
import { ShapeError } from "../errors.js";
import { normalizeAxis, showShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { slice } from "./slice.js";

/**
 * x [..., Σ sizes, ...] → tensors [..., sizes[k], ...]. Equal parts: `chunk`.
 * @throws ShapeError when the sizes do not add up to the axis.
 */
export function split(x: Tensor, sizes: readonly number[], axis: number): Tensor[] {
  const at = normalizeAxis("split", axis, x.rank);
  const total = sizes.reduce((a, b) => a + b, 0);
  if (total !== x.dim(at) || !sizes.every((size) => Number.isInteger(size) && size >= 0)) {
    throw new ShapeError(
      `split: sizes [${sizes.join(", ")}] do not add up to axis ${axis} of ` +
        `${showShape(x.shape)} (${total} and ${x.dim(at)}). Give integers ≥ 0 with that sum.`,
    );
  }
  let end = 0;
  return sizes.map((size) => {
    end += size;
    return slice(x, { axis: at, start: end - size, end });
  });
}
