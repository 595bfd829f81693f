/**
 * Logarithm of softmax over axes.
 *
 *     y = (x − max x) − log Σ exp(x − max x)          dx = dy − softmax(x) Σ dy
 *
 * The maximum is taken off x before the logarithm is: x − logsumexp x would lose at |x| = 1e4 what
 * float32 loses there. The kernels are those of softmax, told to end with the logarithm.
 */
import { defineOp } from "../autograd/define-op.js";
import { FLOATS } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { mul, sub } from "./binary.js";
import { alongAxes } from "./shared/reduce.js";
import { runSoftmax, type SoftmaxOptions } from "./softmax.js";
import { sum } from "./sum.js";
import { exp } from "./unary.js";

/** Over which axes the distribution is. */
export type LogSoftmaxOptions = SoftmaxOptions;

const op = defineOp({
  name: "logSoftmax",
  inputs: ["x"],
  elements: FLOATS,
  saves: ["out"],
  infer: ({ x }) => x.shape,
  gpu: ({ x }, out) => runSoftmax(x, out, 1),
  reference: ({ x }) =>
    x.mapRows((row) => {
      const m = Math.max(...row);
      const shift = Math.log(row.reduce((total, v) => total + Math.exp(v - m), 0));
      return row.map((v) => v - m - shift);
    }),
  vjp: ({ out: y }, dy) => ({
    x: () => sub(dy, mul(exp(y), sum(dy, { axes: -1, keepDims: true }))),
  }),
});

/**
 * x, any shape → the same shape.
 * @throws ShapeError for an axis that x does not have.
 */
export function logSoftmax(x: Tensor, { axes = -1 }: LogSoftmaxOptions = {}): Tensor {
  return alongAxes("logSoftmax", x, axes, (rows) => op({ x: rows }, {}));
}
