/**
 * What reductions over axes share: their options, and the family of maximum and minimum.
 */
import { defineOp } from "../../autograd/define-op.js";
import { defineFold, runReduction } from "../../autograd/fold.js";
import { stopGradient } from "../../autograd/grad.js";
import { planReduction, reduceReference } from "../../autograd/reduction.js";
import { ShapeError } from "../../errors.js";
import { FLOATS } from "../../tensor/dtype.js";
import { normalizeAxes, reducedShape, type Shape, showShape, sizeOf } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { div, mul } from "../binary.js";
import { permute } from "../permute.js";
import { reshape } from "../reshape.js";
import { type ReduceOptions, sum } from "../sum.js";
import { atLeastRank } from "./rows.js";

/** The axes of a reduction, sorted, as its op's attribute. */
export interface Axes {
  readonly axes: readonly number[];
}

/** Calls `reduce`, which keeps reduced axes with size 1, and drops them if asked to. */
export function overAxes(
  name: string,
  x: Tensor,
  { axes, keepDims = false }: ReduceOptions,
  reduce: (list: readonly number[]) => Tensor,
): Tensor {
  const list = normalizeAxes(name, axes, x.rank);
  const y = reduce(list);
  return keepDims ? y : reshape(y, reducedShape(x.shape, list, false));
}

/** The reduced shape, axes kept with size 1; throws where there is nothing to choose from. */
export function chosenShape(op: string, what: string, shape: Shape, axes: readonly number[]) {
  const empty = axes.find((axis) => shape[axis] === 0);
  if (empty === undefined) return reducedShape(shape, axes, true);
  throw new ShapeError(
    `${op}: axis ${empty} of ${showShape(shape)} is empty and has no ${what}. ` +
      "Reduce axes of at least one element.",
  );
}

/** x as [kept, reduced], `f` of that (of the same shape), and back. */
export function asMatrix(x: Tensor, axes: readonly number[], f: (matrix: Tensor) => Tensor) {
  const kept = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const order = [...kept, ...axes];
  const moved = permute(x, order);
  const rows = sizeOf(kept.map((i) => x.dim(i)));
  const cols = sizeOf(axes.map((i) => x.dim(i)));
  const y = reshape(f(reshape(moved, [rows, cols])), moved.shape);
  const inverse = order.map((_, i) => order.indexOf(i));
  return permute(y, inverse);
}

/** `f`, which works along the last axis of what has the shape of x, along `axes` taken together. */
export function alongAxes(
  op: string,
  x: Tensor,
  axes: number | readonly number[],
  f: (rows: Tensor) => Tensor,
): Tensor {
  atLeastRank(op, x.shape, 1);
  const list = normalizeAxes(op, axes, x.rank);
  return list.length === 1 && list[0] === x.rank - 1 ? f(x) : asMatrix(x, list, f);
}

interface Extremum {
  readonly name: string;
  /** What an error calls it. */
  readonly what: string;
  /** WGSL and float64 of two terms, and the result that every term beats. */
  readonly wgsl: string;
  readonly f64: (a: number, b: number) => number;
  readonly neutral: number;
  /** ½ where x equals the result, 0 elsewhere. */
  readonly reached: (x: Tensor, out: Tensor) => Tensor;
}

/**
 *     y = ext_axes x          dx = dy ⊙ [x = y] / (number of x equal to y)
 */
export function defineExtremum({ name, what, wgsl, f64, neutral, reached }: Extremum) {
  const fold = defineFold(wgsl, neutral);
  const op = defineOp({
    name,
    inputs: ["x"],
    elements: FLOATS,
    saves: ["x", "out"],
    infer: ({ x }, { axes }: Axes) => chosenShape(name, what, x.shape, axes),
    gpu: ({ x }, out) => runReduction(planReduction(x.shape, out.shape, name), x, out, fold),
    reference: ({ x }, _, { shape }) => reduceReference(x, shape, neutral, (a, b) => f64(a, b)),
    vjp: ({ x, out }, dy, { axes }) => ({
      x: () => {
        const halves = reached(stopGradient(x), stopGradient(out));
        return mul(halves, div(dy, sum(halves, { axes, keepDims: true })));
      },
    }),
  });
  return (x: Tensor, options: ReduceOptions = {}): Tensor =>
    overAxes(name, x, options, (axes) => op({ x }, { axes }));
}
