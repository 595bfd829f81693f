/**
 * Softmax over the last axis.
 *
 *     y = exp(x − max x) / Σ exp(x − max x)          dx = y ⊙ (dy − ⟨dy, y⟩)
 */
import { defineOp } from "../autograd/define-op.js";
import { kernel } from "../shaders/kernel.js";
import type { Tensor } from "../tensor/tensor.js";
import { mul, sub } from "./binary.js";
import { asRows, atLeastRank } from "./rows.js";
import { sum } from "./sum.js";

const byGroup = kernel("softmax", { rows: "u32", cols: "u32" });
const byThread = kernel("softmax.thread", { rows: "u32", cols: "u32" });

/** From this many rows on, one thread each fills the adapter without the price of barriers. */
const MANY_ROWS = 1024;

const op = defineOp({
  name: "softmax",
  inputs: ["x"],
  saves: ["out"],
  infer: ({ x }) => atLeastRank("softmax", x.shape, 1),
  gpu: ({ x }, out) => {
    const params = asRows(x.shape);
    const { rows } = params;
    if (rows < MANY_ROWS) byGroup({ tensors: [x, out], params, groups: rows });
    else byThread({ tensors: [x, out], params, groups: Math.ceil(rows / 64) });
  },
  reference: ({ x }) =>
    x.mapRows((row) => {
      const m = Math.max(...row);
      const e = row.map((v) => Math.exp(v - m));
      const total = e.reduce((a, b) => a + b, 0);
      return e.map((v) => v / total);
    }),
  vjp: ({ out: y }, dy) => ({
    x: () => mul(y, sub(dy, sum(mul(dy, y), { axes: -1, keepDims: true }))),
  }),
});

/** x [..., cols] → the same shape; rows along the last axis are ≥ 0 and sum to 1. */
export function softmax(x: Tensor): Tensor {
  return op({ x }, {});
}
