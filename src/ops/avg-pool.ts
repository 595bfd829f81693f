/**
 * Means over blocks of pictures.
 *
 *     y[n, c, i, j] = 1/s² Σ_{a, b < s} x[n, c, s i + a, s j + b]
 *     dx            = upsampleNearest2d(dy, s) / s²
 */
import { sumTo } from "../autograd/cotangent.js";
import { ShapeError } from "../errors.js";
import { showShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { mul } from "./binary.js";
import { reshape } from "./reshape.js";

/** x [N, C, H, W] → [N, C, H / size, W / size]; blocks do not overlap. */
export function avgPool2d(x: Tensor, size: number): Tensor {
  const [n, c, h, w] = x.shape;
  if (x.rank !== 4 || n === undefined || c === undefined || h === undefined || w === undefined) {
    throw new ShapeError(
      `avgPool2d: x ${showShape(x.shape)} has rank ${x.rank}, expected 4. ` +
        "Give pictures [N, C, H, W].",
    );
  }
  if (!Number.isInteger(size) || size < 1 || h % size !== 0 || w % size !== 0) {
    throw new ShapeError(
      `avgPool2d: blocks of ${size} × ${size} do not fill pictures of ${h} × ${w}. ` +
        "Choose a size that divides both.",
    );
  }
  const [rows, cols] = [h / size, w / size];
  const sums = sumTo(reshape(x, [n * c, rows, size, cols, size]), [n * c, rows, 1, cols, 1]);
  return mul(reshape(sums, [n, c, rows, cols]), 1 / size ** 2);
}
