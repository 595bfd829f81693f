/**
 * Mean over axes.
 *
 *     y = Σ_axes x / n          dx = dy / n, repeated along the axes
 */
import { sumTo } from "../autograd/cotangent.js";
import { elementOf } from "../autograd/op-dtypes.js";
import { ShapeError } from "../errors.js";
import { FLOATS } from "../tensor/dtype.js";
import { normalizeAxes, reducedShape, showShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { mul } from "./binary.js";
import { cast } from "./cast.js";
import { reshape } from "./reshape.js";
import { type ReduceOptions, sum } from "./sum.js";

/**
 * x, any shape → its mean over `axes`.
 * @throws ShapeError for an axis that x does not have, and where there is nothing to average.
 */
export function mean(x: Tensor, options: ReduceOptions = {}): Tensor {
  elementOf({ name: "mean", elements: FLOATS }, ["x"], [x]);
  const axes = normalizeAxes("mean", options.axes, x.rank);
  const count = axes.reduce((product, axis) => product * x.dim(axis), 1);
  if (count === 0) {
    throw new ShapeError(
      `mean: ${showShape(x.shape)} has no elements along axes [${axes.join(", ")}]. ` +
        "Average at least one element.",
    );
  }
  if (x.dtype !== "f16") return mul(sum(x, options), 1 / count);
  // A sum may lie beyond 65504 where the mean does not.
  const total = sumTo(x, reducedShape(x.shape, axes, true), "f32");
  const y = cast(mul(total, 1 / count), "f16");
  return options.keepDims ? y : reshape(y, reducedShape(x.shape, axes, false));
}
