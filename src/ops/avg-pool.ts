/**
 * Means over windows of pictures.
 *
 *     y[n, c, i, j] = 1/s² Σ_{a, b < s} x[n, c, i·stride + a − padding, j·stride + b − padding]
 *
 * Padding counts as zeros. Windows side by side are blocks, whose derivative is
 * upsampleNearest2d(dy, s) / s²; all others are a convolution of each channel with a window of ones.
 */
import { elementOf } from "../autograd/op-dtypes.js";
import { ones } from "../tensor/create.js";
import { FLOATS } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { mul } from "./binary.js";
import { cast } from "./cast.js";
import { conv2d } from "./conv2d.js";
import { type MaxPoolOptions, poolShape } from "./max-pool.js";
import { reshape } from "./reshape.js";
import { sumBlocks2d } from "./upsample.js";

/** The windows, in pixels: as those of maxPool2d. */
export type AvgPoolOptions = MaxPoolOptions;

/**
 * x [N, C, H, W] → [N, C, H / size, W / size] for a number `size`: blocks, which fill the picture.
 * With options → [N, C, OH, OW], OH = ⌊(H + 2 padding − size) / stride⌋ + 1, OW likewise.
 * @throws ShapeError when x is not [N, C, H, W], blocks do not fill it, or a window does not fit.
 */
export function avgPool2d(x: Tensor, windows: number | AvgPoolOptions): Tensor {
  elementOf({ name: "avgPool2d", elements: FLOATS }, ["x"], [x]);
  if (typeof windows === "number") return sumBlocks2d(x, windows, 1 / windows ** 2);
  const { size, stride = size, padding = 0 } = windows;
  const shape = poolShape("avgPool2d", x.shape, { size, stride, padding });
  const [n = 0, c = 0, h = 0, w = 0] = x.shape;
  // In halves the sum of a window may lie beyond 65504 where the mean does not.
  const wide = cast(x, "f32");
  const window = ones(x.device, [1, 1, size, size]);
  const sums = conv2d(reshape(wide, [n * c, 1, h, w]), window, { stride, padding });
  return cast(mul(reshape(sums, shape), 1 / size ** 2), x.dtype);
}
