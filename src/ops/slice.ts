/**
 * Elements at regular places along each axis, and their way back: each is the other's transpose.
 *
 *     slice:   y_i = x_{start + i · step}                            dx = place(dy), 0 elsewhere
 *     place:   y_{start + i · step} = x_i, and `value` elsewhere     dx = slice(dy)
 *
 * Steps are integers other than 0; negative ones walk backwards. Tensors are contiguous, so both
 * copy, except where the elements of a slice lie side by side and begin at a multiple of 256 bytes:
 * then it is a view of x. `padAxis` and `pad` (ops/pad.ts) are `place` with steps of 1.
 */
import { defineOp } from "../autograd/define-op.js";
import { parentsOf, TapeNode } from "../autograd/tape.js";
import { ShapeError } from "../errors.js";
import { DTYPES } from "../tensor/dtype.js";
import { fill } from "../tensor/fill.js";
import { NdArray } from "../tensor/ndarray.js";
import {
  known,
  normalizeAxis,
  positionOf,
  type Shape,
  sameShape,
  showShape,
  sizeOf,
  stridesOf,
} from "../tensor/shape.js";
import { type Region, runStridedCopy, runStridedWrite } from "../tensor/strided-copy.js";
import { isWindowStart, type Tensor } from "../tensor/tensor.js";

/** A range along one axis. */
export interface SliceOptions {
  /** Negative from the end. */
  readonly axis: number;
  /** First index, negative from the end. Default 0, or the last index where `step` < 0. */
  readonly start?: number;
  /**
   * One past the last index, negative from the end. Default the size; where `step` < 0 the walk
   * ends before it, and by default it ends with index 0.
   */
  readonly end?: number;
  /** From one index to the next. Default 1. */
  readonly step?: number;
}

/** Zeros along one axis. */
export interface PadAxisOptions {
  readonly axis: number;
  /** Zeros in front. Default 0. */
  readonly before?: number;
  /** Zeros behind. Default 0. */
  readonly after?: number;
}

/** Where the elements of the smaller tensor stand in the larger one, per axis. */
interface Places {
  readonly starts: readonly number[];
  readonly steps: readonly number[];
}

const sliceOp = defineOp({
  name: "slice",
  inputs: ["x"],
  elements: DTYPES,
  infer: (_, { shape }: Places & { readonly shape: Shape }) => shape,
  gpu: ({ x }, out, places) => runStridedCopy(x, out, region(x.shape, places)),
  reference: ({ x }, places, { shape }) =>
    NdArray.build(shape, (index) => x.at(...placed(index, places))),
  vjp: ({ specs }, dy, { starts, steps }) => ({
    x: () => place(dy, { starts, steps, shape: specs.x.shape, value: 0 }),
  }),
});

const placeOp = defineOp({
  name: "pad",
  inputs: ["x"],
  elements: DTYPES,
  infer: (_, { shape }: Places & { readonly shape: Shape; readonly value: number }) => shape,
  gpu: ({ x }, out, { starts, steps, value }) => {
    fill(out, value);
    if (x.size > 0) runStridedWrite(x, out, region(out.shape, { starts, steps }));
  },
  reference: ({ x }, { starts, steps, value }, { shape }) => {
    const out = new NdArray(shape).map(() => value);
    const strides = stridesOf(shape);
    NdArray.build(x.shape, (index, flat) => {
      const at = placed(index, { starts, steps });
      out.data[positionOf(at, strides)] = x.flat(flat);
      return 0;
    });
    return out;
  },
  vjp: ({ specs }, dy, { starts, steps }) => ({
    x: () => sliceOp({ x: dy }, { starts, steps, shape: specs.x.shape }),
  }),
});

/** x → a tensor of `shape` full of `value`, with x_i at start + i · step of each axis. */
export function place(
  x: Tensor,
  attrs: Places & { readonly shape: Shape; readonly value: number },
): Tensor {
  return sameShape(x.shape, attrs.shape) && attrs.steps.every((step) => step === 1)
    ? x
    : placeOp({ x }, attrs);
}

/**
 * x [..., size, ...] → [..., ⌈(end − start) / step⌉, ...]. Several ranges: one for each axis.
 * @throws ShapeError for a range that x does not have, a step of 0, or an axis named twice.
 */
export function slice(x: Tensor, ranges: SliceOptions | readonly SliceOptions[]): Tensor {
  const starts = x.shape.map(() => 0);
  const steps = x.shape.map(() => 1);
  const shape = [...x.shape];
  const list = "axis" in ranges ? [ranges] : ranges;
  const axes = list.map(({ axis }) => normalizeAxis("slice", axis, x.rank));
  if (new Set(axes).size !== axes.length) {
    throw new ShapeError(`slice: axes [${axes.join(", ")}] name one axis twice. Name each once.`);
  }
  list.forEach((range, i) => {
    const axis = known(axes, i);
    const walk = walkOf(x.shape, axis, range);
    [starts[axis], steps[axis], shape[axis]] = [walk.start, walk.step, walk.count];
  });
  if (sameShape(shape, x.shape) && steps.every((step) => step === 1)) return x;
  return viewOf(x, { starts, steps }, shape) ?? sliceOp({ x }, { starts, steps, shape });
}

/** The slice as a view: it is cut along one axis, in front of which there is nothing to skip. */
function viewOf(x: Tensor, { starts, steps }: Places, shape: Shape): Tensor | undefined {
  const cut = shape.findIndex((size, axis) => size !== x.shape[axis]);
  const lead = sizeOf(x.shape.slice(0, cut));
  const offset = x.offset + (starts[cut] ?? 0) * sizeOf(x.shape.slice(cut + 1));
  const rest = sameShape(shape.slice(cut + 1), x.shape.slice(cut + 1));
  const adjacent = lead === 1 && rest && steps.every((step) => step === 1);
  if (!adjacent || sizeOf(shape) === 0 || !isWindowStart(offset, x.dtype)) return undefined;
  const back = { starts, steps, shape: x.shape, value: 0 };
  const [parent] = parentsOf([x]);
  const tape = parent && new TapeNode("slice", [parent], [x.shape], (dy) => [place(dy, back)]);
  const view = x.window(offset, shape, "slice", tape);
  x.device.observer?.ran("slice", [x], view);
  return view;
}

function walkOf(shape: Shape, at: number, { axis, start, end, step = 1 }: SliceOptions) {
  const size = known(shape, at);
  const fromEnd = (i: number): number => (i < 0 ? i + size : i);
  if (!Number.isInteger(step) || step === 0) {
    throw new ShapeError(
      `slice: ${step} is no step along axis ${axis} of ${showShape(shape)}. ` +
        "Give an integer other than 0.",
    );
  }
  const back = step < 0;
  const first = start ?? (back ? size - 1 : 0);
  const from = start === undefined ? first : fromEnd(start);
  const to = end === undefined ? (back ? -1 : size) : fromEnd(end);
  const [low, high] = back ? [to + 1, from + 1] : [from, to];
  if (!Number.isInteger(from) || !Number.isInteger(to) || low < 0 || high > size || low > high) {
    const order = back ? `${size} > start ≥ end ≥ 0` : `0 ≤ start ≤ end ≤ ${size}`;
    throw new ShapeError(
      `slice: ${first} to ${end ?? to} is no range along axis ${axis} of ${showShape(shape)} ` +
        `(size ${size}${step === 1 ? "" : `, step ${step}`}). Choose ${order}.`,
    );
  }
  return { start: low < high ? from : 0, step, count: Math.ceil((high - low) / Math.abs(step)) };
}

/**
 * x [..., n · m, ...] → n tensors [..., m, ...].
 * @throws ShapeError when n does not divide the axis.
 */
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

/**
 * x [..., size, ...] → [..., before + size + after, ...], zeros at both ends.
 * @throws ShapeError for sizes below 0, or an axis that x does not have.
 */
export function padAxis(x: Tensor, { axis, before = 0, after = 0 }: PadAxisOptions): Tensor {
  const at = normalizeAxis("padAxis", axis, x.rank);
  if (![before, after].every((n) => Number.isInteger(n) && n >= 0)) {
    throw new ShapeError(
      `padAxis: ${before} zeros before and ${after} after are no sizes. Give integers ≥ 0.`,
    );
  }
  const starts = x.shape.map((_, i) => (i === at ? before : 0));
  const shape = x.shape.map((size, i) => (i === at ? before + size + after : size));
  return place(x, { starts, steps: x.shape.map(() => 1), shape, value: 0 });
}

/** The places as a region of the larger tensor. */
function region(larger: Shape, { starts, steps }: Places): Region {
  const strides = stridesOf(larger);
  return {
    strides: strides.map((stride, i) => stride * known(steps, i)),
    base: positionOf(starts, strides),
  };
}

function placed(index: readonly number[], { starts, steps }: Places): number[] {
  return index.map((i, axis) => known(starts, axis) + i * known(steps, axis));
}
