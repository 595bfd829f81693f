/**
 * Softmax over axes.
 *
 *     y = exp(x − max x) / Σ exp(x − max x)          dx = y ⊙ (dy − ⟨dy, y⟩)
 */
import { defineOp } from "../autograd/define-op.js";
import { joiningThreads } from "../device/groups.js";
import { kernel } from "../shaders/kernel.js";
import { FLOATS } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { alongAxes } from "./shared/reduce.js";
import { isThreadARow } from "./shared/row-threads.js";
import { asRows, atLeastRank } from "./shared/rows.js";
import { softmaxGrad } from "./shared/softmax-grad.js";

const byGroup = kernel("softmax", { rows: "u32", cols: "u32" });
const byThread = kernel("softmax.thread", { rows: "u32", cols: "u32" });
const byThreadInFours = kernel("softmax.thread.vec4", { rows: "u32", cols: "u32" });

/** Rows that fill an adapter with one thread each. */
const FILLING = 1024;

/** The kernels, also those of log-softmax.ts. */
export function runSoftmax(x: Tensor, out: Tensor, LOG: 0 | 1 = 0): void {
  const params = asRows(x.shape);
  const { rows, cols } = params;
  const call = { tensors: [x, out], params, overrides: { LOG } } as const;
  const groups = Math.ceil(rows / 64);
  const { device } = x.gpu;
  const alone = rows >= FILLING && isThreadARow(rows, cols, device);
  const overrides = { LOG, GROUP: joiningThreads(device) };
  if (!alone) byGroup({ ...call, groups: rows, overrides });
  else if (cols % 4 !== 0) byThread({ ...call, groups });
  else byThreadInFours({ ...call, params: { rows, cols: cols / 4 }, groups });
}

const op = defineOp({
  name: "softmax",
  inputs: ["x"],
  elements: FLOATS,
  saves: ["out"],
  infer: ({ x }) => atLeastRank("softmax", x.shape, 1),
  gpu: ({ x }, out) => runSoftmax(x, out),
  reference: ({ x }) =>
    x.mapRows((row) => {
      const m = Math.max(...row);
      const e = row.map((v) => Math.exp(v - m));
      const total = e.reduce((a, b) => a + b, 0);
      return e.map((v) => v / total);
    }),
  vjp: ({ out: y }, dy) => ({ x: () => softmaxGrad(y, dy) }),
});

/** Over which axes the distribution is. */
export interface SoftmaxOptions {
  /** Axes over which the result sums to 1, negative from the end. Default: the last. */
  readonly axes?: number | readonly number[];
}

/**
 * x, any shape → the same shape, ≥ 0; sums over `axes` are 1.
 * @throws ShapeError for a tensor without axes, or an axis that x does not have.
 */
export function softmax(x: Tensor, { axes = -1 }: SoftmaxOptions = {}): Tensor {
  return alongAxes("softmax", x, axes, (rows) => op({ x: rows }, {}));
}
