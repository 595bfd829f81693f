/**
 * Attention with its weights P in memory: B · heads · T · S values. attention-blocks.ts, which holds
 * them block by block, takes its higher derivatives from here.
 *
 *     P = softmax(q kᵀ / √d + mask)          y = P v
 *
 *     dv = Pᵀ dy      dP = dy vᵀ      dS = P ⊙ (dP − ⟨dP, P⟩)
 *     dq = dS k / √d      dk = dSᵀ q / √d
 *
 * The products are in attention-product.ts.
 */
import { defineOp } from "../autograd/define-op.js";
import { kernel } from "../shaders/kernel.js";
import { FLOATS } from "../tensor/dtype.js";
import { sizeOf } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { mix, mixBack, scores } from "./attention-product.js";
import { shareRows } from "./shared/row-threads.js";
import { asRows } from "./shared/rows.js";
import { softmaxGrad } from "./shared/softmax-grad.js";

export interface AttentionAttrs {
  readonly heads: number;
  readonly causal: boolean;
}

/** q [B, T, C], k and v [B, S, C], mask [B, S]. */
export interface AttentionInputs<T = Tensor> {
  readonly q: T;
  readonly k: T;
  readonly v: T;
  readonly mask?: T | undefined;
}

/** dy [B, T, C] */
export interface GradientInputs<T = Tensor> extends AttentionInputs<T> {
  readonly dy: T;
}

/** Scores and masks at or below this, −∞ that is, are of keys that are not seen. */
const UNSEEN = -3.4028234e38;

/** → y [B, T, C] */
export function materialised(inputs: AttentionInputs, attrs: AttentionAttrs): Tensor {
  return mix(weights(inputs, attrs), inputs.v, { heads: attrs.heads, scale: 1 });
}

/** → dq, dk and dv, each when it is asked for. */
export function materialisedGradients(inputs: GradientInputs, attrs: AttentionAttrs) {
  const { q, k, v, dy } = inputs;
  const { heads } = attrs;
  const p = weights(inputs, attrs);
  const scaled = { heads, scale: scaleOf(q, heads) };
  const ds = (): Tensor => softmaxGrad(p, scores(dy, v, { heads, scale: 1 }));
  return {
    dq: () => mix(ds(), k, scaled),
    dk: () => mixBack(ds(), q, scaled),
    dv: () => mixBack(p, dy, { heads, scale: 1 }),
  };
}

/** P [B, heads, T, S] */
function weights({ q, k, mask }: AttentionInputs, { heads, causal }: AttentionAttrs): Tensor {
  const x = scores(q, k, { heads, scale: scaleOf(q, heads) });
  return maskedSoftmax({ x, mask }, { causal });
}

/** 1 / √d */
export function scaleOf(q: Tensor, heads: number): number {
  return Math.sqrt(heads / q.dim(2));
}

const softmaxKernel = kernel("attention.softmax", {
  rows: "u32",
  cols: "u32",
  shared_by: "u32",
  mask_row: "u32",
  queries: "u32",
  first: "u32",
});

/**
 * softmax(x + mask) → out, of queries from `first` on: x [B, heads, T, S], mask [B, S or more]. Causal:
 * query t sees keys 0 … t.
 */
export function runSoftmax(
  { x, mask }: { readonly x: Tensor; readonly mask?: Tensor | undefined },
  out: Tensor,
  { causal, first }: { readonly causal: boolean; readonly first: number },
): void {
  const { rows, cols } = asRows(x.shape);
  const { groups, overrides } = shareRows(rows, cols, 1, x.gpu.device);
  const inMask = { shared_by: rows / x.dim(0), mask_row: mask?.dim(1) ?? cols };
  softmaxKernel({
    tensors: [x, mask ?? x, out],
    params: { rows, cols, ...inMask, queries: x.dim(2), first },
    groups,
    overrides: { ...overrides, MASKED: Number(mask !== undefined), CAUSAL: Number(causal) },
  });
}

/** x [B, heads, T, S], mask [B, S] → softmax(x + mask) over the last axis; 0 where nothing is seen. */
const maskedSoftmax = defineOp({
  name: "attentionSoftmax",
  inputs: ["x"],
  optional: ["mask"],
  elements: FLOATS,
  saves: ["out"],
  infer: ({ x }, _: { readonly causal: boolean }) => x.shape,
  gpu: ({ x, mask }, out, { causal }) => runSoftmax({ x, mask }, out, { causal, first: 0 }),
  reference: ({ x, mask }, { causal }) => {
    const [t = 1, sharedBy] = [x.shape[2], sizeOf(x.shape.slice(1, -1))];
    return x.mapRows((row, r) => {
      const added = row.map((_, s) => mask?.at(Math.floor(r / sharedBy), s) ?? 0);
      const z = row.map((v, s) => v + (added[s] ?? 0));
      const hidden = (v: number | undefined): boolean => v !== undefined && v <= UNSEEN;
      const seen = z.map((v, s) => !hidden(v) && !hidden(added[s]) && !(causal && s > r % t));
      const largest = Math.max(...z.filter((_, s) => seen[s]));
      const e = z.map((v, s) => (seen[s] ? Math.exp(v - largest) : 0));
      const total = e.reduce((a, b) => a + b, 0);
      return e.map((v) => (total === 0 ? 0 : v / total));
    });
  },
  vjp: ({ out: p }, dp) => ({ x: () => softmaxGrad(p, dp) }),
});
