/**
 * Means over blocks of pictures.
 *
 *     y[n, c, i, j] = 1/s² Σ_{a, b < s} x[n, c, s i + a, s j + b]
 *     dx            = upsampleNearest2d(dy, s) / s²
 */
import type { Tensor } from "../tensor/tensor.js";
import { sumBlocks2d } from "./upsample.js";

/**
 * x [N, C, H, W] → [N, C, H / size, W / size]; blocks do not overlap.
 * @throws ShapeError when x is not [N, C, H, W], or `size` does not divide H and W.
 */
export function avgPool2d(x: Tensor, size: number): Tensor {
  return sumBlocks2d(x, size, 1 / size ** 2);
}
