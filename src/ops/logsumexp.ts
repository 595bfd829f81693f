/**
 * Logarithm of a sum of exponentials over axes.
 *
 *     y = log Σ exp x = m + log Σ exp(x − m),   m = max x          dx = dy ⊙ softmax x
 *
 * The derivative is softmax itself and not exp(x − y): at |y| = 1e4 a float32 knows y to 5e-4 only.
 */
import { defineOp } from "../autograd/define-op.js";
import { foldOf, runReduction } from "../autograd/fold.js";
import { planReduction, reduceReference } from "../autograd/reduction.js";
import { FLOATS } from "../tensor/dtype.js";
import { reducedShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { mul } from "./binary.js";
import { type Axes, asMatrix, overAxes } from "./shared/reduce.js";
import { softmax } from "./softmax.js";
import type { ReduceOptions } from "./sum.js";

/** A fold of its own: the logsumexp of the logsumexps of chunks is that of all. */
const fold = foldOf(Number.NEGATIVE_INFINITY, ["logsumexp.group", "logsumexp.thread"]);

const op = defineOp({
  name: "logsumexp",
  inputs: ["x"],
  elements: FLOATS,
  saves: ["x"],
  infer: ({ x }, { axes }: Axes) => reducedShape(x.shape, axes, true),
  gpu: ({ x }, out) => runReduction(planReduction(x.shape, out.shape, "logsumexp"), x, out, fold),
  reference: ({ x }, _, { shape }) => {
    const m = reduceReference(x, shape, fold.neutral, (a, b) => Math.max(a, b));
    const shift = m.map((v) => (Number.isFinite(v) ? v : 0));
    const total = reduceReference(x, shape, 0, (a, v, i) => a + Math.exp(v - shift.flat(i)));
    return total.map((v, i) => shift.flat(i) + Math.log(v));
  },
  vjp: ({ x }, dy, { axes }) => ({
    x: () =>
      mul(
        dy,
        asMatrix(x, axes, (rows) => softmax(rows)),
      ),
  }),
});

/**
 * x, any shape → log Σ exp x over `axes`. Of no elements it is −∞.
 * @throws ShapeError for an axis that x does not have.
 */
export function logsumexp(x: Tensor, options: ReduceOptions = {}): Tensor {
  return overAxes("logsumexp", x, options, (axes) => op({ x }, { axes }));
}
