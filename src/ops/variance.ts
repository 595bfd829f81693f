/**
 * Variance over axes.
 *
 *     s = mean x,   d = x − s          y = (Σ d² − (Σ d)² / n) / (n − correction)
 *
 * This holds for every s, and the closer s is to the mean the less cancels: two passes over x keep
 * the digits where mean ≫ deviation. Σ d would be 0 but for the rounding of s. As y does not depend
 * on s, no derivative flows through it. A composition: reading x twice is what the formula asks for,
 * and sums over any axes exist; its derivatives follow, of every order.
 */
import { stopGradient } from "../autograd/grad.js";
import { elementOf } from "../autograd/op-dtypes.js";
import { ShapeError } from "../errors.js";
import { FLOATS } from "../tensor/dtype.js";
import { showShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { mul, sub } from "./binary.js";
import { cast } from "./cast.js";
import { mean } from "./mean.js";
import { overAxes } from "./shared/reduce.js";
import { type ReduceOptions, sum } from "./sum.js";
import { square } from "./unary.js";

/** What is reduced, and by which divisor. */
export interface VarianceOptions extends ReduceOptions {
  /** What is taken off the number of elements: 0 (default), or 1 for an unbiased estimate. */
  readonly correction?: 0 | 1;
}

/**
 * x, any shape → its variance over `axes`.
 * @throws ShapeError for an axis that x does not have, and where `correction` leaves no element.
 */
export function variance(x: Tensor, { correction = 0, ...options }: VarianceOptions = {}): Tensor {
  elementOf({ name: "variance", elements: FLOATS }, ["x"], [x]);
  return overAxes("variance", x, options, (axes) => {
    const n = axes.reduce((product, axis) => product * x.dim(axis), 1);
    if (n <= correction) {
      throw new ShapeError(
        `variance: axes [${axes.join(", ")}] of ${showShape(x.shape)} hold ${n} ` +
          `element${n === 1 ? "" : "s"}, and correction ${correction} leaves none. ` +
          `Give at least ${correction + 1}.`,
      );
    }
    const over = { axes, keepDims: true };
    // Squares of halves soon lie beyond 65504: they are formed in f32.
    const wide = x.dtype === "f16" ? cast(x, "f32") : x;
    const d = sub(wide, mean(stopGradient(wide), over));
    const squares = sub(sum(square(d), over), mul(square(sum(d, over)), 1 / n));
    return cast(mul(squares, 1 / (n - correction)), x.dtype);
  });
}
