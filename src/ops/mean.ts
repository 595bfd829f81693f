/**
 * Mean over axes.
 *
 *     y = Σ_axes x / n          dx = dy / n, repeated along the axes
 */
import { ShapeError } from "../errors.js";
import { normalizeAxes, showShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { mul } from "./binary.js";
import { type ReduceOptions, sum } from "./sum.js";

/**
 * x, any shape → its mean over `axes`.
 * @throws ShapeError for an axis that x does not have, and where there is nothing to average.
 */
export function mean(x: Tensor, options: ReduceOptions = {}): Tensor {
  const axes = normalizeAxes("mean", options.axes, x.rank);
  const count = axes.reduce((product, axis) => product * x.dim(axis), 1);
  if (count === 0) {
    throw new ShapeError(
      `mean: ${showShape(x.shape)} has no elements along axes [${axes.join(", ")}]. ` +
        "Average at least one element.",
    );
  }
  return mul(sum(x, options), 1 / count);
}
