/**
 * Scaled dot-product attention with several heads (Vaswani et al., 2017). For each head, with
 * d = C / heads:
 *
 *     P = softmax(q kᵀ / √d + mask)          y = P v
 *
 *     dv = Pᵀ dy      dP = dy vᵀ      dS = P ⊙ (dP − ⟨dP, P⟩)      dq = dS k / √d      dk = dSᵀ q / √d
 *
 * The products, and with them these formulas, are in attention-product.ts.
 */
import { defineOp } from "../autograd/define-op.js";
import { ShapeError } from "../errors.js";
import { kernel } from "../shaders/kernel.js";
import { FLOATS } from "../tensor/dtype.js";
import { type Shape, showShape, sizeOf } from "../tensor/shape.js";
import type { Tensor, TensorSpec } from "../tensor/tensor.js";
import { mix, scores } from "./attention-product.js";
import { mul, sub } from "./binary.js";
import { shareRows } from "./row-threads.js";
import { asRows } from "./rows.js";
import { sum } from "./sum.js";

export interface AttentionOptions {
  readonly heads: number;
  /** [B, S], added to the scores: 0, or −1e9 where a key must not be seen. Not differentiated. */
  readonly mask?: Tensor | undefined;
}

/**
 * q [B, T, C], k [B, S, C], v [B, S, C] → [B, T, C]; heads lie side by side in C. P is held in
 * memory: B · heads · T · S values.
 */
export function attention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions): Tensor {
  const { heads, mask } = options;
  checkShapes(q, k, v, options);
  const scale = Math.sqrt(heads / q.dim(2));
  const x = scores(q, k, { heads, scale });
  return mix(maskedSoftmax({ x, mask }, {}), v, { heads, scale: 1 });
}

const softmaxKernel = kernel("attention.softmax", { rows: "u32", cols: "u32", shared_by: "u32" });
const gradientKernel = kernel("attention.softmax_grad", { rows: "u32", cols: "u32" });

/** x [B, heads, T, S], mask [B, S] → softmax(x + mask) over the last axis. */
const maskedSoftmax = defineOp({
  name: "attentionSoftmax",
  inputs: ["x"],
  optional: ["mask"],
  elements: FLOATS,
  saves: ["out"],
  infer: ({ x }) => x.shape,
  gpu: ({ x, mask }, out) => {
    const { rows, cols } = asRows(x.shape);
    const { groups, overrides } = shareRows(rows, cols);
    softmaxKernel({
      tensors: [x, mask ?? x, out],
      params: { rows, cols, shared_by: rows / x.dim(0) },
      groups,
      overrides: { ...overrides, MASKED: Number(mask !== undefined) },
    });
  },
  reference: ({ x, mask }) => {
    const sharedBy = sizeOf(x.shape.slice(1, -1));
    return x.mapRows((row, r) => {
      const z = row.map((v, s) => v + (mask?.at(Math.floor(r / sharedBy), s) ?? 0));
      const largest = Math.max(...z);
      const e = z.map((v) => Math.exp(v - largest));
      const total = e.reduce((a, b) => a + b, 0);
      return e.map((v) => v / total);
    });
  },
  vjp: ({ out: p }, dp) => ({ x: () => softmaxGrad(p, dp) }),
});

const softmaxGradOp = defineOp({
  name: "attentionSoftmaxGrad",
  inputs: ["p", "dp"],
  saves: ["p", "dp"],
  infer: ({ p }) => p.shape,
  gpu: ({ p, dp }, out) => {
    const { rows, cols } = asRows(p.shape);
    gradientKernel({ tensors: [p, dp, out], params: { rows, cols }, ...shareRows(rows, cols) });
  },
  reference: ({ p, dp }) => {
    const upstream = dp.rows();
    return p.mapRows((row, r) => {
      const g = upstream[r] ?? [];
      const along = row.reduce((sum, v, s) => sum + v * (g[s] ?? 0), 0);
      return row.map((v, s) => v * ((g[s] ?? 0) - along));
    });
  },
  // Linear and symmetric in dp: P ⊙ (dP − ⟨dP, P⟩) is (diag P − P Pᵀ) dP for each row.
  vjp: ({ p, dp }, g) => ({
    p: () => sub(mul(g, sub(dp, along(dp, p))), mul(dp, along(g, p))),
    dp: () => softmaxGrad(p, g),
  }),
});

/** → dS, for dP. */
function softmaxGrad(p: Tensor, dp: Tensor): Tensor {
  return softmaxGradOp({ p, dp }, {});
}

/** ⟨a, b⟩ of each row. */
function along(a: Tensor, b: Tensor): Tensor {
  return sum(mul(a, b), { axes: -1, keepDims: true });
}

function checkShapes(
  q: TensorSpec,
  k: TensorSpec,
  v: TensorSpec,
  { heads, mask }: { readonly heads: number; readonly mask?: TensorSpec | undefined },
): void {
  const [b, , c] = q.shape;
  const s = k.shape[1] ?? 0;
  const fits = ({ shape }: { readonly shape: Shape }): boolean =>
    shape.length === 3 && shape[0] === b && shape[2] === c;
  if (c === undefined || ![q, k, v].every(fits) || v.shape[1] !== s || s === 0) {
    throw new ShapeError(
      `attention: q ${showShape(q.shape)}, k ${showShape(k.shape)} and v ${showShape(v.shape)} do ` +
        "not fit. Give q [B, T, C], and k and v [B, S, C] with S ≥ 1.",
    );
  }
  if (!Number.isInteger(heads) || heads < 1 || c % heads !== 0) {
    throw new ShapeError(
      `attention: ${c} channels do not split into ${heads} heads (q is ${showShape(q.shape)}). ` +
        "Choose a number of heads that divides the channels.",
    );
  }
  if (mask && !(mask.shape.length === 2 && mask.shape[0] === b && mask.shape[1] === s)) {
    throw new ShapeError(
      `attention: mask is ${showShape(mask.shape)}, but there are ${s} keys for each of ${b} batch ` +
        `elements. Give mask as [${b}, ${s}].`,
    );
  }
}
