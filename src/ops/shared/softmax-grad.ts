/**
 * The derivative of a softmax over the last axis, from its result p; also attention's.
 *
 *     dx = p ⊙ (dp − ⟨dp, p⟩)
 */
import { defineOp } from "../../autograd/define-op.js";
import { kernel } from "../../shaders/kernel.js";
import { FLOATS } from "../../tensor/dtype.js";
import { known } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { mul, sub } from "../binary.js";
import { sum } from "../sum.js";
import { shareRows } from "./row-threads.js";
import { asRows } from "./rows.js";

const PARAMS = { rows: "u32", cols: "u32" } as const;
const byOnes = kernel("softmax.grad.scalar", PARAMS);
const byFours = kernel("softmax.grad.vec4", PARAMS);

/** dp → dx, from p; all of one shape. */
export function runSoftmaxGrad(p: Tensor, dp: Tensor, out: Tensor): void {
  const { rows, cols } = asRows(p.shape);
  const lanes = cols % 4 === 0 ? 4 : 1;
  const launch = lanes === 4 ? byFours : byOnes;
  const share = shareRows(rows, cols, lanes, p.gpu.device);
  launch({ tensors: [p, dp, out], params: { rows, cols: cols / lanes }, ...share });
}

const ROW = { axes: -1, keepDims: true } as const;

const op = defineOp({
  name: "softmaxGrad",
  inputs: ["p", "dp"],
  elements: FLOATS,
  saves: ["p", "dp"],
  infer: ({ p }) => p.shape,
  gpu: ({ p, dp }, out) => runSoftmaxGrad(p, dp, out),
  reference: ({ p, dp }) => {
    const upstream = dp.rows();
    return p.mapRows((row, r) => {
      const g = known(upstream, r);
      const along = row.reduce((sum, v, s) => sum + v * known(g, s), 0);
      return row.map((v, s) => v * (known(g, s) - along));
    });
  },
  // Linear and symmetric in dp: p ⊙ (dp − ⟨dp, p⟩) is (diag p − p pᵀ) dp for each row.
  vjp: ({ p, dp }, g) => ({
    p: () => sub(mul(g, sub(dp, sum(mul(dp, p), ROW))), mul(dp, sum(mul(g, p), ROW))),
    dp: () => softmaxGrad(p, g),
  }),
});

/** p and dp, any shape → dx */
export function softmaxGrad(p: Tensor, dp: Tensor): Tensor {
  return op({ p, dp }, {});
}
