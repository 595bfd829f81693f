/**
 * Rows along the last axis in the order of their values.
 *
 *     indices = π with x[π_0] ≤ x[π_1] ≤ …   (≥ when descending)
 *     values  = gather(x, π)          dx = scatterAdd(dvalues, π)
 *
 * Stable: equal values keep their order, −0 equals 0, and NaN counts as larger than every number.
 * Rows may have any length. Indices are u32 and have no derivative.
 */
import { defineOp } from "../autograd/define-op.js";
import { elementOf } from "../autograd/op-dtypes.js";
import { ShapeError } from "../errors.js";
import type { Dtype } from "../tensor/dtype.js";
import { NdArray } from "../tensor/ndarray.js";
import { known, showShape, stridesOf } from "../tensor/shape.js";
import { runStridedCopy } from "../tensor/strided-copy.js";
import { Tensor } from "../tensor/tensor.js";
import { gather } from "./gather.js";
import { atLeastRank } from "./shared/rows.js";
import { runArgsort } from "./shared/sort-kernels.js";

/** In which order. */
export interface SortOptions {
  /** The largest first. Default: false. */
  readonly descending?: boolean;
}

/** From which end. */
export interface TopKOptions {
  /** The k largest, largest first; else the k smallest, smallest first. Default: true. */
  readonly largest?: boolean;
}

/** Values, differentiable, and the places along the last axis where they were. */
export interface Sorted {
  readonly values: Tensor;
  readonly indices: Tensor;
}

const elements: readonly Dtype[] = ["f32", "i32", "u32", "bool"];

const op = defineOp({
  name: "argsort",
  inputs: ["x"],
  elements,
  infer: ({ x }, { count }: { readonly descending: boolean; readonly count: number }) => ({
    shape: [...x.shape.slice(0, -1), count],
    dtype: "u32",
  }),
  gpu: ({ x }, out, { descending, count }) => {
    if (count === x.dim(-1)) return runArgsort(x, out, descending);
    using _scope = x.device.scope();
    const all = Tensor.allocate(x.device, { shape: x.shape, dtype: "u32" }, "order");
    runArgsort(x, all, descending);
    runStridedCopy(all, out, { strides: stridesOf(all.shape) });
  },
  reference: ({ x }, { descending, count }, { shape }) => {
    const order = x.rows().flatMap((row) => {
      const places = [...row.keys()].sort((i, j) => {
        const difference = compare(known(row, i), known(row, j));
        return descending ? -difference : difference;
      });
      return places.slice(0, count);
    });
    return new NdArray(shape, Float64Array.from(order));
  },
});

/**
 * x [..., n] → u32 [..., n]: where in its row each place's element comes from.
 * @throws ShapeError for a tensor without axes.
 */
export function argsort(x: Tensor, { descending = false }: SortOptions = {}): Tensor {
  atLeastRank("argsort", x.shape, 1);
  return op({ x }, { descending, count: x.dim(-1) });
}

/**
 * x [..., n] → values and indices [..., n].
 * @throws ShapeError for a tensor without axes.
 */
export function sort(x: Tensor, { descending = false }: SortOptions = {}): Sorted {
  atLeastRank("sort", x.shape, 1);
  elementOf({ name: "sort", elements }, ["x"], [x]);
  return take(x, descending, x.dim(-1));
}

/**
 * x [..., n] → values and indices [..., k]; of equal values the first ones are chosen.
 * @throws ShapeError when k is not from 0 to n.
 */
export function topK(x: Tensor, k: number, { largest = true }: TopKOptions = {}): Sorted {
  const n = atLeastRank("topK", x.shape, 1).at(-1) ?? 0;
  if (!Number.isInteger(k) || k < 0 || k > n) {
    throw new ShapeError(
      `topK: rows of ${showShape(x.shape)} have ${n} elements, not ${k}. Choose k from 0 to ${n}.`,
    );
  }
  elementOf({ name: "topK", elements }, ["x"], [x]);
  return take(x, largest, k);
}

function take(x: Tensor, descending: boolean, count: number): Sorted {
  const indices = op({ x }, { descending, count });
  return { values: gather(x, indices, -1), indices };
}

function compare(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return Math.sign(a - b) || 0;
}
