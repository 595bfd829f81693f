/**
 * The largest pixel of each window of a picture.
 *
 *     y[n, c, i, j] = max_{a, b < size} x[n, c, i·stride + a − padding, j·stride + b − padding]
 *
 * over the pixels inside the picture: padding never wins. Where several are largest the first in
 * row-major order is chosen; a NaN is larger than every number. With p(i, j) the chosen pixel,
 *
 *     dx[n, c, p] = Σ_{i, j : p(i, j) = p} dy[n, c, i, j]
 *
 * which is linear in dy; its transpose reads g at the chosen pixels: `gather`.
 */
import { defineOp } from "../autograd/define-op.js";
import { ShapeError } from "../errors.js";
import { kernel } from "../shaders/kernel.js";
import { FLOATS } from "../tensor/dtype.js";
import { NdArray } from "../tensor/ndarray.js";
import { type Shape, showShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { gather } from "./gather.js";
import { reshape } from "./reshape.js";

/** The windows, in pixels. */
export interface MaxPoolOptions {
  /** Rows and columns of a window. */
  readonly size: number;
  /** Rows and columns from one window to the next. Default: size, so that none overlap. */
  readonly stride?: number;
  /** Rows and columns around the picture, at most half of a window. Default 0. */
  readonly padding?: number;
}

type Attrs = Required<MaxPoolOptions>;

const PARAMS = {
  total: "u32",
  H: "u32",
  W: "u32",
  OH: "u32",
  OW: "u32",
  size: "u32",
  stride: "u32",
  pad: "u32",
} as const;

const forward = kernel("max_pool", PARAMS);
const choose = kernel("max_pool.indices", PARAMS);
const gradient = kernel("max_pool.grad", PARAMS);

const op = defineOp({
  name: "maxPool2d",
  inputs: ["x"],
  elements: FLOATS,
  saves: ["x"],
  infer: ({ x }, attrs: Attrs) => poolShape("maxPool2d", x.shape, attrs),
  gpu: ({ x }, out, attrs) => forward({ tensors: [x, out], ...launch(x.shape, out, attrs) }),
  reference: ({ x }, attrs, { shape }) => {
    const [, , h = 0, w = 0] = x.shape;
    const chosen = indicesOf(x, shape, attrs);
    return chosen.map((at, i) => x.flat(planeOf(i, shape) * h * w + at));
  },
  vjp: ({ x }, dy, attrs) => ({
    x: () => maxPoolGrad({ dy, indices: indices({ x }, attrs) }, { ...attrs, shape: x.shape }),
  }),
});

/**
 * x [N, C, H, W] → [N, C, OH, OW], OH = ⌊(H + 2 padding − size) / stride⌋ + 1, OW likewise.
 * @throws ShapeError when x is not [N, C, H, W], or the window does not fit.
 */
export function maxPool2d(x: Tensor, { size, stride = size, padding = 0 }: MaxPoolOptions): Tensor {
  return op({ x }, { size, stride, padding });
}

/** → u32 [N, C, OH, OW]: where in its H × W plane each window's largest pixel lies. */
const indices = defineOp({
  name: "maxPool2dIndices",
  inputs: ["x"],
  infer: ({ x }, attrs: Attrs) => ({ shape: poolShape("maxPool2d", x.shape, attrs), dtype: "u32" }),
  gpu: ({ x }, out, attrs) => choose({ tensors: [x, out], ...launch(x.shape, out, attrs) }),
  reference: ({ x }, attrs, { shape }) => indicesOf(x, shape, attrs),
});

interface GradAttrs extends Attrs {
  /** Of x. */
  readonly shape: Shape;
}

/** dy and indices [N, C, OH, OW] → dx of `shape` */
const maxPoolGrad = defineOp({
  name: "maxPool2dGrad",
  inputs: ["dy", "indices"],
  dtypes: { indices: "u32" },
  saves: ["indices"],
  infer: (_, { shape }: GradAttrs) => shape,
  gpu: ({ dy, indices }, out, attrs) => {
    const { params } = launch(out.shape, dy, attrs);
    gradient({
      tensors: [dy, indices, out],
      params: { ...params, total: out.size },
      items: out.size,
    });
  },
  reference: ({ dy, indices }, { shape }) => {
    const out = new NdArray(shape);
    const [, , h = 0, w = 0] = shape;
    dy.data.forEach((v, i) => {
      const at = planeOf(i, dy.shape) * h * w + indices.flat(i);
      out.data[at] = out.flat(at) + v;
    });
    return out;
  },
  vjp: ({ indices, specs }, g) => ({
    dy: () => {
      const [n = 0, c = 0, h = 0, w = 0] = specs.dy.shape;
      const [, , height = 0, width = 0] = g.shape;
      const chosen = reshape(indices, [n * c, h * w]);
      return reshape(gather(reshape(g, [n * c, height * width]), chosen, 1), specs.dy.shape);
    },
  }),
});

function launch(x: Shape, y: Tensor, { size, stride, padding: pad }: Attrs) {
  const [, , H = 0, W = 0] = x;
  const params = { total: y.size, H, W, OH: y.dim(2), OW: y.dim(3), size, stride, pad };
  return { params, items: y.size };
}

/** The shape of what `op` pools; throws where that cannot be. */
export function poolShape(op: string, x: Shape, { size, stride, padding }: Attrs): Shape {
  const [n = 0, c = 0, h = 0, w = 0] = x;
  if (x.length !== 4) {
    throw new ShapeError(
      `${op}: x ${showShape(x)} has rank ${x.length}, expected 4. Give pictures [N, C, H, W].`,
    );
  }
  const whole = [size, stride, padding].every((v) => Number.isInteger(v));
  if (!whole || size < 1 || stride < 1 || padding < 0 || 2 * padding > size) {
    throw new ShapeError(
      `${op}: size ${size}, stride ${stride}, padding ${padding} cannot be. ` +
        "Give integers: size ≥ 1, stride ≥ 1, 0 ≤ padding ≤ size / 2.",
    );
  }
  if (h < 1 || w < 1 || h + 2 * padding < size || w + 2 * padding < size) {
    throw new ShapeError(
      `${op}: a window of ${size} × ${size} does not fit into pictures of ${h} × ${w} with ` +
        `padding ${padding}. Enlarge the picture or make the window smaller.`,
    );
  }
  const windows = (pixels: number) => Math.floor((pixels + 2 * padding - size) / stride) + 1;
  return [n, c, windows(h), windows(w)];
}

/** What `indices` means, in float64. */
function indicesOf(x: NdArray, shape: Shape, { size, stride, padding }: Attrs): NdArray {
  const [, , h = 0, w = 0] = x.shape;
  return NdArray.build(shape, ([, , i = 0, j = 0], flat) => {
    const plane = planeOf(flat, shape) * h * w;
    let best = -1;
    for (let a = 0; a < size * size; a++) {
      const row = i * stride + Math.floor(a / size) - padding;
      const col = j * stride + (a % size) - padding;
      if (row < 0 || row >= h || col < 0 || col >= w) continue;
      const value = x.flat(plane + row * w + col);
      const most = x.flat(plane + best);
      if (best < 0 || value > most || (Number.isNaN(value) && !Number.isNaN(most))) {
        best = row * w + col;
      }
    }
    return best;
  });
}

/** Which plane the flat index i belongs to. */
function planeOf(i: number, [, , h = 1, w = 1]: Shape): number {
  return Math.floor(i / (h * w));
}
