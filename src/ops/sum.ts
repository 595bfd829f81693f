/**
 * Sum over axes.
 *
 *     y = Σ_axes x          dx = dy, repeated along the axes
 *
 * The work, and the derivative, are those of `sumTo` (autograd/cotangent.ts).
 */
import { sumTo } from "../autograd/cotangent.js";
import { elementOf } from "../autograd/op-dtypes.js";
import { FLOATS } from "../tensor/dtype.js";
import { normalizeAxes, reducedShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { reshape } from "./reshape.js";

/** What is reduced, and what the result looks like. */
export interface ReduceOptions {
  /** Axes to reduce, negative from the end. Default: all. */
  readonly axes?: number | readonly number[];
  /** Keep reduced axes with size 1. Default: false. */
  readonly keepDims?: boolean;
}

/**
 * x, any shape → its sum over `axes`. An empty sum is 0.
 * @throws ShapeError for an axis that x does not have, or that is named twice; DtypeError for
 * integers and truth values.
 */
export function sum(x: Tensor, { axes, keepDims = false }: ReduceOptions = {}): Tensor {
  elementOf({ name: "sum", elements: FLOATS }, ["x"], [x]);
  const list = normalizeAxes("sum", axes, x.rank);
  const total = sumTo(x, reducedShape(x.shape, list, true));
  return keepDims ? total : reshape(total, reducedShape(x.shape, list, false));
}
