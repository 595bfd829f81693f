/**
 * Pictures of another size, larger or smaller, by any factor.
 *
 *     resizeNearest2d:   y[n, c, i, j] = x[n, c, ⌊i H / OH⌋, ⌊j W / OW⌋]
 *     resizeBilinear2d:  y[n, c, i, j] = Σ_{r, s} b(i, r; H, OH) b(j, s; W, OW) x[n, c, r, s]
 *
 * b shares a row out between the two whose centres it lies between: with
 * u = max(0, (i + ½) H / OH − ½), row ⌊u⌋ gets 1 − (u − ⌊u⌋), the next row the rest; past the last
 * centre the last row gets all. (Pixels are areas: corners are not aligned. Nothing is averaged when
 * a picture shrinks by more than 2: use avgPool2d first.)
 *
 * Both are linear: dx is the transpose, whose own derivative is the resize again.
 */
import { defineOp } from "../autograd/define-op.js";
import { elementOf } from "../autograd/op-dtypes.js";
import { ShapeError } from "../errors.js";
import { kernel } from "../shaders/kernel.js";
import { FLOATS } from "../tensor/dtype.js";
import { NdArray } from "../tensor/ndarray.js";
import { type Shape, showShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";

/** [rows, columns] */
export type PictureSize = readonly [number, number];

interface Attrs {
  /** The function's name, for errors. */
  readonly name: string;
  readonly nearest: boolean;
  /** Of the result. */
  readonly size: PictureSize;
}

const PARAMS = { total: "u32", H: "u32", W: "u32", OH: "u32", OW: "u32" } as const;
const forward = kernel("resize", PARAMS);
const backward = kernel("resize.transpose", PARAMS);

const resize = defineOp({
  name: "resize2d",
  inputs: ["x"],
  elements: FLOATS,
  infer: ({ x }, attrs: Attrs) => resizedShape(x.shape, attrs),
  gpu: ({ x }, out, attrs) => forward({ tensors: [x, out], ...launch(x, out, out, attrs) }),
  reference: ({ x }, { nearest }, { shape }) => {
    const out = new NdArray(shape);
    forEachPair(x.shape, shape, nearest, (from, to, weight) => {
      out.data[to] = out.flat(to) + weight * x.flat(from);
    });
    return out;
  },
  vjp: ({ specs }, dy, attrs) => ({ x: () => transpose(dy, specs.x.shape, attrs) }),
});

/**
 * x [N, C, H, W] → [N, C, OH, OW], each pixel a copy of one.
 * @throws ShapeError when x is not [N, C, H, W], or a size is no whole number ≥ 1.
 */
export function resizeNearest2d(x: Tensor, size: PictureSize): Tensor {
  return apply(x, { name: "resizeNearest2d", nearest: true, size });
}

/**
 * x [N, C, H, W] → [N, C, OH, OW], each pixel a mean of up to four, by distance.
 * @throws ShapeError as resizeNearest2d.
 */
export function resizeBilinear2d(x: Tensor, size: PictureSize): Tensor {
  return apply(x, { name: "resizeBilinear2d", nearest: false, size });
}

/** dy [N, C, OH, OW] → dx of shape `of` */
const transposed = defineOp({
  name: "resize2dTransposed",
  inputs: ["dy"],
  infer: (_, { of }: Attrs & { readonly of: Shape }) => of,
  gpu: ({ dy }, out, attrs) => backward({ tensors: [dy, out], ...launch(out, dy, out, attrs) }),
  reference: ({ dy }, { nearest }, { shape }) => {
    const out = new NdArray(shape);
    forEachPair(shape, dy.shape, nearest, (from, to, weight) => {
      out.data[from] = out.flat(from) + weight * dy.flat(to);
    });
    return out;
  },
  vjp: (_, g, { name, nearest, size }) => ({ dy: () => apply(g, { name, nearest, size }) }),
});

function apply(x: Tensor, attrs: Attrs): Tensor {
  elementOf({ name: attrs.name, elements: FLOATS }, ["x"], [x]);
  return resize({ x }, attrs);
}

function transpose(dy: Tensor, of: Shape, attrs: Attrs): Tensor {
  return transposed({ dy }, { ...attrs, of });
}

function launch(picture: Tensor, resized: Tensor, out: Tensor, { nearest }: Attrs) {
  const [H, W, OH, OW] = [picture.dim(2), picture.dim(3), resized.dim(2), resized.dim(3)];
  return {
    params: { total: out.size, H, W, OH, OW },
    items: out.size,
    overrides: { NEAREST: nearest ? 1 : 0 },
  };
}

/** The kernels count in halves of pixels of both pictures, in 32 bits. */
const MOST = 2 ** 30;

function resizedShape(x: Shape, { name, size: [height, width] }: Attrs): Shape {
  const [n = 0, c = 0, h = 0, w = 0] = x;
  if (x.length !== 4) {
    throw new ShapeError(
      `${name}: x ${showShape(x)} has rank ${x.length}, expected 4. Give pictures [N, C, H, W].`,
    );
  }
  const whole = Number.isInteger(height) && Number.isInteger(width);
  if (whole && Math.min(h, w, height, width) >= 1 && Math.max(h * height, w * width) < MOST) {
    return [n, c, height, width];
  }
  throw new ShapeError(
    `${name}: pictures of ${h} × ${w} cannot become ${height} × ${width}. ` +
      "Give integers ≥ 1, and not many thousands.",
  );
}

/** Calls `meet` with flat positions in both pictures, and how much of `from` goes into `to`. */
function forEachPair(
  picture: Shape,
  resized: Shape,
  nearest: boolean,
  meet: (from: number, to: number, weight: number) => void,
): void {
  const [n = 0, c = 0, h = 0, w = 0] = picture;
  const [, , height = 0, width = 0] = resized;
  const sources = nearest ? nearestSource : linearSources;
  for (let plane = 0; plane < n * c; plane++) {
    for (let to = 0; to < height * width; to++) {
      for (const [row, down] of sources(Math.floor(to / width), h, height)) {
        for (const [col, along] of sources(to % width, w, width)) {
          meet((plane * h + row) * w + col, plane * height * width + to, down * along);
        }
      }
    }
  }
}

/** Rows that row i of `to` is made of, with their weights. */
type Sources = (i: number, from: number, to: number) => readonly (readonly [number, number])[];

const nearestSource: Sources = (i, from, to) => [[Math.floor((i * from) / to), 1]];

const linearSources: Sources = (i, from, to) => {
  const u = Math.max(0, ((i + 0.5) * from) / to - 0.5);
  const at = Math.floor(u);
  return [
    [at, 1 - (u - at)],
    [Math.min(at + 1, from - 1), u - at],
  ];
};
