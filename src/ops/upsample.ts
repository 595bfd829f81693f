/**
 * Nearest-neighbour enlargement of pictures: every pixel becomes a block of scale × scale.
 *
 *     y[n, c, i, j] = x[n, c, ⌊i / s⌋, ⌊j / s⌋]          dx = sum of dy over each block
 *
 * A block is a pair of broadcast axes: [N·C, H, 1, W, 1] → [N·C, H, s, W, s]. The derivative is
 * that of `broadcastTo`, to any order.
 */
import { broadcastTo } from "../autograd/cotangent.js";
import { ShapeError } from "../errors.js";
import { showShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { reshape } from "./reshape.js";

/** x [N, C, H, W] → [N, C, scale · H, scale · W]. */
export function upsampleNearest2d(x: Tensor, scale = 2): Tensor {
  const [n, c, h, w] = x.shape;
  if (x.rank !== 4 || n === undefined || c === undefined || h === undefined || w === undefined) {
    throw new ShapeError(
      `upsampleNearest2d: x ${showShape(x.shape)} has rank ${x.rank}, expected 4. ` +
        "Give pictures [N, C, H, W].",
    );
  }
  if (!Number.isInteger(scale) || scale < 1) {
    throw new ShapeError(`upsampleNearest2d: ${scale} is no scale. Give an integer ≥ 1.`);
  }
  const blocks = broadcastTo(reshape(x, [n * c, h, 1, w, 1]), [n * c, h, scale, w, scale]);
  return reshape(blocks, [n, c, h * scale, w * scale]);
}
