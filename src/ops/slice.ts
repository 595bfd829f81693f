/**
 * A range along one axis, and zeros around one: each is the other's transpose.
 *
 *     slice:     y_i = x_{i + start},  0 ≤ i < end − start        dx = pad(dy, start, size − end)
 *     padAxis:   y_i = x_{i − before}, or 0 outside of x          dx = slice(dy, before, before + size)
 */
import { defineOp } from "../autograd/define-op.js";
import { ShapeError } from "../errors.js";
import { kernel } from "../shaders/kernel.js";
import { NdArray } from "../tensor/ndarray.js";
import { normalizeAxis, type Shape, showShape, sizeOf, stridesOf } from "../tensor/shape.js";
import { runStridedCopy } from "../tensor/strided-copy.js";
import type { Tensor } from "../tensor/tensor.js";

export interface SliceOptions {
  /** Negative from the end. */
  readonly axis: number;
  /** First index; default 0, negative from the end. */
  readonly start?: number;
  /** One past the last index; default the size, negative from the end. */
  readonly end?: number;
}

export interface PadAxisOptions {
  readonly axis: number;
  /** Zeros in front. Default 0. */
  readonly before?: number;
  /** Zeros behind. Default 0. */
  readonly after?: number;
}

const sliceOp = defineOp({
  name: "slice",
  inputs: ["x"],
  infer: ({ x }, { axis, start, end }: Required<SliceOptions>) =>
    withSize(x.shape, axis, end - start),
  gpu: ({ x }, out, { axis, start }) => {
    const strides = stridesOf(x.shape);
    runStridedCopy(x, out, { strides, base: start * (strides[axis] ?? 0) });
  },
  reference: ({ x }, { axis, start }, { shape }) =>
    NdArray.build(shape, (index) => x.at(...index.map((i, a) => (a === axis ? i + start : i)))),
  vjp: ({ specs }, dy, { axis, start, end }) => ({
    x: () => padAxis(dy, { axis, before: start, after: (specs.x.shape[axis] ?? 0) - end }),
  }),
});

/** x [..., size, ...] → [..., end − start, ...]. */
export function slice(x: Tensor, { axis, start = 0, end }: SliceOptions): Tensor {
  const at = normalizeAxis("slice", axis, x.rank);
  const size = x.dim(at);
  const from = start < 0 ? start + size : start;
  const last = end ?? size;
  const to = last < 0 ? last + size : last;
  if (!Number.isInteger(from) || !Number.isInteger(to) || from < 0 || to > size || from > to) {
    throw new ShapeError(
      `slice: ${start} to ${last} is no range along axis ${axis} of ${showShape(x.shape)} ` +
        `(size ${size}). Choose 0 ≤ start ≤ end ≤ ${size}.`,
    );
  }
  return from === 0 && to === size ? x : sliceOp({ x }, { axis: at, start: from, end: to });
}

/** x [..., n · m, ...] → n tensors [..., m, ...]. */
export function chunk(x: Tensor, n: number, axis: number): Tensor[] {
  const at = normalizeAxis("chunk", axis, x.rank);
  const size = x.dim(at) / n;
  if (!Number.isInteger(n) || n < 1 || !Number.isInteger(size)) {
    throw new ShapeError(
      `chunk: axis ${axis} of ${showShape(x.shape)} has size ${x.dim(at)}, which ${n} does not ` +
        "divide. Choose a number of chunks that divides it.",
    );
  }
  return Array.from({ length: n }, (_, i) =>
    slice(x, { axis: at, start: i * size, end: (i + 1) * size }),
  );
}

const padKernel = kernel("pad_axis", {
  total: "u32",
  size: "u32",
  padded: "u32",
  inner: "u32",
  before: "u32",
});

const padOp = defineOp({
  name: "padAxis",
  inputs: ["x"],
  infer: ({ x }, { axis, before, after }: Required<PadAxisOptions>) =>
    withSize(x.shape, axis, before + (x.shape[axis] ?? 0) + after),
  gpu: ({ x }, out, { axis, before }) => {
    const inner = sizeOf(x.shape.slice(axis + 1));
    const params = { total: out.size, size: x.dim(axis), padded: out.dim(axis), inner, before };
    padKernel({ tensors: [x, out], params, groups: Math.ceil(out.size / 64) });
  },
  reference: ({ x }, { axis, before }, { shape }) =>
    NdArray.build(shape, (index) => {
      const i = (index[axis] ?? 0) - before;
      const inside = i >= 0 && i < x.dim(axis);
      return inside ? x.at(...index.map((j, a) => (a === axis ? i : j))) : 0;
    }),
  vjp: ({ specs }, dy, { axis, before }) => ({
    x: () => slice(dy, { axis, start: before, end: before + (specs.x.shape[axis] ?? 0) }),
  }),
});

/** x [..., size, ...] → [..., before + size + after, ...], zeros at both ends. */
export function padAxis(x: Tensor, { axis, before = 0, after = 0 }: PadAxisOptions): Tensor {
  const at = normalizeAxis("padAxis", axis, x.rank);
  if (![before, after].every((n) => Number.isInteger(n) && n >= 0)) {
    throw new ShapeError(
      `padAxis: ${before} zeros before and ${after} after are no sizes. Give integers ≥ 0.`,
    );
  }
  return before === 0 && after === 0 ? x : padOp({ x }, { axis: at, before, after });
}

function withSize(shape: Shape, axis: number, size: number): Shape {
  return shape.map((s, i) => (i === axis ? size : s));
}
