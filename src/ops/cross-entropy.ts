/**
 * Cross entropy of classes, from logits.
 *
 *     y_i = log Σ_j exp(x_ij) − x_i,t_i          dx_ij = dy_i (p_ij − [j = t_i]),   p = softmax x
 *
 * A logit of −1e9 is a class that does not take part: exp of it is 0. A target ≥ K counts as K − 1:
 * a kernel cannot raise an error.
 */
import { defineOp } from "../autograd/define-op.js";
import { ShapeError } from "../errors.js";
import { kernel } from "../shaders/kernel.js";
import { full } from "../tensor/create.js";
import { NdArray } from "../tensor/ndarray.js";
import { type Shape, sameShape, showShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { mul, sub } from "./binary.js";
import { reshape } from "./reshape.js";
import { softmax } from "./softmax.js";
import { sum } from "./sum.js";

const PARAMS = { rows: "u32", cols: "u32" } as const;
const forward = kernel("cross_entropy", PARAMS);
const gradient = kernel("cross_entropy.grad", PARAMS);

const op = defineOp({
  name: "crossEntropy",
  inputs: ["logits", "targets"],
  saves: ["logits", "targets"],
  dtypes: { targets: "u32" },
  infer: ({ logits, targets }) => [checkShapes(logits.shape, targets.shape).rows],
  gpu: ({ logits, targets }, out) => {
    const params = checkShapes(logits.shape, targets.shape);
    forward({ tensors: [logits, targets, out], params, groups: Math.ceil(params.rows / 64) });
  },
  reference: ({ logits, targets }, _, { shape }) => {
    const rows = logits.rows();
    return NdArray.build(shape, ([i = 0]) => {
      const row = rows[i] ?? [];
      const m = Math.max(...row);
      const total = row.reduce((a, v) => a + Math.exp(v - m), 0);
      return m + Math.log(total) - (row[targetOf(targets, i, row.length)] ?? 0);
    });
  },
  vjp: ({ logits, targets }, dy) => ({
    logits: () => crossEntropyGrad(logits, targets, dy),
  }),
});

/**
 * logits [N, K], targets u32 [N] → [N].
 * @throws ShapeError when logits are not [N, K] with K ≥ 1, or targets not [N]; DtypeError when
 * they are not u32.
 */
export function crossEntropy(logits: Tensor, targets: Tensor): Tensor {
  return op({ logits, targets }, {});
}

/** → dlogits [N, K] */
function crossEntropyGrad(logits: Tensor, targets: Tensor, dy: Tensor): Tensor {
  return gradOp({ logits, targets, dy }, {});
}

const gradOp = defineOp({
  name: "crossEntropyGrad",
  inputs: ["logits", "targets", "dy"],
  saves: ["logits", "targets", "dy"],
  dtypes: { targets: "u32" },
  infer: ({ logits }) => logits.shape,
  gpu: ({ logits, targets, dy }, out) => {
    const params = checkShapes(logits.shape, targets.shape);
    gradient({ tensors: [logits, targets, dy, out], params, groups: Math.ceil(params.rows / 64) });
  },
  reference: ({ logits, targets, dy }) =>
    logits.mapRows((row, i) => {
      const m = Math.max(...row);
      const total = row.reduce((a, v) => a + Math.exp(v - m), 0);
      const t = targetOf(targets, i, row.length);
      return row.map((v, j) => dy.flat(i) * (Math.exp(v - m) / total - (j === t ? 1 : 0)));
    }),
  vjp: ({ logits, targets, dy }, g) => ({
    logits: () => {
      const p = softmax(logits);
      const along = sum(mul(g, p), { axes: -1, keepDims: true });
      return mul(mul(p, sub(g, along)), reshape(dy, [dy.size, 1]));
    },
    dy: () => {
      const ones = full(dy.device, dy.shape, 1);
      return sum(mul(g, crossEntropyGrad(logits, targets, ones)), { axes: -1 });
    },
  }),
});

function targetOf(targets: NdArray, i: number, classes: number): number {
  return Math.min(targets.flat(i), classes - 1);
}

function checkShapes(
  logits: Shape,
  targets: Shape,
): { readonly rows: number; readonly cols: number } {
  const [rows, cols] = logits;
  if (logits.length !== 2 || rows === undefined || cols === undefined || cols === 0) {
    throw new ShapeError(
      `crossEntropy: logits ${showShape(logits)} are not [N, K] with K ≥ 1. ` +
        "Give one row of logits for each sample.",
    );
  }
  if (!sameShape(targets, [rows])) {
    throw new ShapeError(
      `crossEntropy: targets ${showShape(targets)} do not fit logits ${showShape(logits)}. ` +
        `Give one class for each row: [${rows}].`,
    );
  }
  return { rows, cols };
}
