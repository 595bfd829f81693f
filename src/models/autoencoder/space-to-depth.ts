/**
 * Blocks of b × b pixels become channels, and channels become blocks again. Nothing is lost.
 *
 *     z[n, (c b + u) b + v, i, j] = x[n, c, b i + u, b j + v]
 */
import { ShapeError } from "../../errors.js";
import { permute } from "../../ops/permute.js";
import { reshape } from "../../ops/reshape.js";
import { showShape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";

/** x [N, C, H, W] → z [N, C·b², H/b, W/b] */
export function spaceToDepth(x: Tensor, block: number): Tensor {
  const [n = 1, c = 1, h = 1, w = 1] = x.shape;
  if (x.rank !== 4 || h % block !== 0 || w % block !== 0) {
    throw new ShapeError(
      `spaceToDepth: x ${showShape(x.shape)} does not divide into blocks of ${block} × ${block}. ` +
        `Give [N, C, H, W] with H and W multiples of ${block}.`,
    );
  }
  const [i, j] = [h / block, w / block];
  const split = reshape(x, [n, c, i, block, j, block]);
  return reshape(permute(split, [0, 1, 3, 5, 2, 4]), [n, c * block * block, i, j]);
}

/** z [N, C·b², H, W] → x [N, C, H·b, W·b] */
export function depthToSpace(z: Tensor, block: number): Tensor {
  const [n = 1, cbb = 1, i = 1, j = 1] = z.shape;
  const c = cbb / (block * block);
  if (z.rank !== 4 || !Number.isInteger(c)) {
    throw new ShapeError(
      `depthToSpace: z ${showShape(z.shape)} has no ${block} × ${block} pixels in its channels. ` +
        `Give [N, C·${block * block}, H, W].`,
    );
  }
  const split = reshape(z, [n, c, block, block, i, j]);
  return reshape(permute(split, [0, 1, 4, 2, 5, 3]), [n, c, i * block, j * block]);
}
