/**
 * Nearest-neighbour enlargement of pictures, and sums over blocks: each is the other's transpose.
 *
 *     upsampleNearest2d:  y[n, c, i, j] = x[n, c, ⌊i / s⌋, ⌊j / s⌋]           dx = sumBlocks2d(dy)
 *     sumBlocks2d:        y[n, c, i, j] = k Σ_{a, b < s} x[n, c, s i + a, s j + b]
 *                                                                  dx = upsampleNearest2d(k dy)
 */
import { defineOp } from "../autograd/define-op.js";
import { ShapeError } from "../errors.js";
import { kernel } from "../shaders/kernel.js";
import { FLOATS } from "../tensor/dtype.js";
import { NdArray } from "../tensor/ndarray.js";
import { showShape } from "../tensor/shape.js";
import type { Tensor, TensorSpec } from "../tensor/tensor.js";
import { mul } from "./binary.js";

interface Attrs {
  readonly size: number;
}

const enlarge = kernel("upsample", { total: "u32", width: "u32", scale: "u32" });
const sumUp = kernel("sum_blocks", { total: "u32", width: "u32", size: "u32", scale: "f32" });

const upsampleOp = defineOp({
  name: "upsampleNearest2d",
  inputs: ["x"],
  elements: FLOATS,
  infer: ({ x }, { size }: Attrs) => {
    const [n, c, h, w] = pictures("upsampleNearest2d", x);
    if (!Number.isInteger(size) || size < 1) {
      throw new ShapeError(`upsampleNearest2d: ${size} is no scale. Give an integer ≥ 1.`);
    }
    return [n, c, h * size, w * size];
  },
  gpu: ({ x }, out, { size }) => {
    const params = { total: x.size, width: x.dim(3), scale: size };
    enlarge({ tensors: [x, out], params, items: x.size });
  },
  reference: ({ x }, { size }, { shape }) =>
    NdArray.build(shape, ([n = 0, c = 0, i = 0, j = 0]) =>
      x.at(n, c, Math.floor(i / size), Math.floor(j / size)),
    ),
  vjp: (_, dy, { size }) => ({ x: () => sumBlocks2d(dy, size) }),
});

/**
 * x [N, C, H, W] → [N, C, scale · H, scale · W].
 * @throws ShapeError when x is not [N, C, H, W], or `scale` is no whole number ≥ 1.
 */
export function upsampleNearest2d(x: Tensor, scale = 2): Tensor {
  return upsampleOp({ x }, { size: scale });
}

const sumBlocksOp = defineOp({
  name: "sumBlocks2d",
  inputs: ["x"],
  elements: FLOATS,
  infer: ({ x }, { size }: Attrs & { readonly scale: number }) => {
    const [n, c, h, w] = pictures("avgPool2d", x);
    if (!Number.isInteger(size) || size < 1 || h % size !== 0 || w % size !== 0) {
      throw new ShapeError(
        `avgPool2d: blocks of ${size} × ${size} do not fill pictures of ${h} × ${w}. ` +
          "Choose a size that divides both, or windows: { size, stride }.",
      );
    }
    return [n, c, h / size, w / size];
  },
  gpu: ({ x }, out, { size, scale }) => {
    const params = { total: out.size, width: out.dim(3), size, scale };
    sumUp({ tensors: [x, out], params, items: out.size });
  },
  reference: ({ x }, { size, scale }, { shape }) =>
    NdArray.build(shape, ([n = 0, c = 0, i = 0, j = 0]) => {
      let sum = 0;
      for (let a = 0; a < size; a++) {
        for (let b = 0; b < size; b++) sum += x.at(n, c, i * size + a, j * size + b);
      }
      return scale * sum;
    }),
  vjp: (_, dy, { size, scale }) => ({
    x: () => upsampleNearest2d(scale === 1 ? dy : mul(dy, scale), size),
  }),
});

/**
 * x [N, C, H, W] → [N, C, H / size, W / size]; blocks do not overlap. Sums are times `scale`.
 * Errors name avgPool2d: blocks of an enlargement always fit.
 */
export function sumBlocks2d(x: Tensor, size: number, scale = 1): Tensor {
  return sumBlocksOp({ x }, { size, scale });
}

function pictures(op: string, { shape }: TensorSpec): readonly [number, number, number, number] {
  const [n, c, h, w] = shape;
  if (shape.length === 4 && n !== undefined && c !== undefined && h !== undefined) {
    return [n, c, h, w ?? 1];
  }
  throw new ShapeError(
    `${op}: x ${showShape(shape)} has rank ${shape.length}, expected 4. ` +
      "Give pictures [N, C, H, W].",
  );
}
