/**
 * Attention whose memory grows with T + S: the weights of a block of queries are made, used and
 * forgotten, and made anew for the gradients (Rabe and Staats, 2021). For block i of queries
 *
 *     P_i = softmax(q_i kᵀ / √d + mask)      y_i = P_i v
 *     dS_i = P_i ⊙ (dP_i − ⟨dP_i, P_i⟩),  dP_i = dy_i vᵀ
 *     dq_i = dS_i k / √d      dk = Σ_i dS_iᵀ q_i / √d      dv = Σ_i P_iᵀ dy_i
 *
 * A causal block sees the keys up to its last query. Derivatives of the gradients are those of
 * attention-materialised.ts, and need its memory.
 */
import { composedVjp } from "../autograd/composed.js";
import { defineOp } from "../autograd/define-op.js";
import { partElements } from "../device/rates.js";
import { ReferenceDevice } from "../device/reference.js";
import type { NdArray } from "../tensor/ndarray.js";
import { sizeOf } from "../tensor/shape.js";
import { Tensor } from "../tensor/tensor.js";
import {
  type AttentionAttrs,
  type AttentionInputs,
  type GradientInputs,
  materialised,
  materialisedGradients,
  runSoftmax,
  scaleOf,
} from "./attention-materialised.js";
import { inHeads, inWeights, type Matrices, multiply, transposed } from "./attention-product.js";
import { concat } from "./concat.js";
import { reshape } from "./reshape.js";
import { runSoftmaxGrad } from "./shared/softmax-grad.js";
import { slice } from "./slice.js";

/** Queries of a block at least, so that its products fill the kernels' tiles. */
const FEWEST_QUERIES = 32;

export interface BlockAttrs extends AttentionAttrs {
  /** Queries of a block. Default: as many as `partElements` allows, all heads and batch elements together. */
  readonly queries?: number;
}

interface Block {
  readonly first: number;
  readonly queries: number;
  /** The keys that it sees: the first so many. */
  readonly keys: number;
}

const op = defineOp({
  name: "attention",
  inputs: ["q", "k", "v"],
  optional: ["mask"],
  saves: ["q", "k", "v", "mask"],
  infer: ({ q }, _: BlockAttrs) => q.shape,
  gpu: ({ q, k, v, mask }, out, attrs) => {
    for (const block of blocksOf(q, k, attrs)) {
      using p = weightsOf({ q, k, v, mask }, block, attrs);
      const inP = inWeights(p.shape);
      const { heads } = attrs;
      multiply([p, inP], [v, seen(v, block, heads)], [out, asked(q, block, heads)], { heads });
    }
  },
  reference: (inputs, attrs) =>
    onReference({ ...inputs, dy: inputs.q }, (given) => materialised(given, attrs)),
  vjp: ({ q, k, v, mask }, dy, attrs) => {
    const all = once(() => gradients({ q, k, v, dy, mask }, attrs));
    return { q: () => all().dq, k: () => all().dk, v: () => all().dv };
  },
});

/** As `attention`, for f32 on a GPU device of any sizes. */
export function blockwise(inputs: AttentionInputs, attrs: BlockAttrs): Tensor {
  return op({ ...inputs }, attrs);
}

/** → dq, dk and dv, one behind the other */
const gradientOp = defineOp({
  name: "attentionGradient",
  inputs: ["q", "k", "v", "dy"],
  optional: ["mask"],
  saves: ["q", "k", "v", "dy", "mask"],
  infer: ({ q, k }, _: BlockAttrs) => [sizeOf(q.shape) + 2 * sizeOf(k.shape)],
  gpu: (inputs, out, attrs) => {
    // The last block sees all keys, so that it may set what the others add to.
    const blocks = blocksOf(inputs.q, inputs.k, attrs).reverse();
    for (const [i, block] of blocks.entries()) addGradients(inputs, out, block, attrs, i > 0);
  },
  reference: (inputs, attrs) => onReference(inputs, (given) => together(given, attrs)),
  vjp: ({ q, k, v, dy, mask }, g, attrs) =>
    composedVjp({ q, k, v, dy }, g, (x) => together({ ...x, mask }, attrs)),
});

function gradients(inputs: GradientInputs, attrs: BlockAttrs) {
  const { q, k, v } = inputs;
  const all = gradientOp({ ...inputs }, attrs);
  const part = (start: number, like: Tensor): Tensor =>
    reshape(slice(all, { axis: 0, start, end: start + like.size }), like.shape);
  return { dq: part(0, q), dk: part(q.size, k), dv: part(q.size + k.size, v) };
}

function addGradients(
  inputs: GradientInputs,
  out: Tensor,
  block: Block,
  attrs: AttentionAttrs,
  add: boolean,
): void {
  const { q, k, v, dy } = inputs;
  const { heads } = attrs;
  const scaled = { heads, scale: scaleOf(q, heads), add };
  const [rows, columns] = [asked(q, block, heads), seen(k, block, heads)];
  const behind = (m: Matrices, start: number): Matrices => ({
    ...m,
    start: (m.start ?? 0) + start,
  });
  using p = weightsOf(inputs, block, attrs);
  using dp = like(p, "attention dP");
  using ds = like(p, "attention dS");
  const inP = inWeights(p.shape);
  multiply([dy, rows], [v, transposed(columns)], [dp, inP], { heads });
  runSoftmaxGrad(p, dp, ds);
  multiply([ds, inP], [k, columns], [out, rows], { ...scaled, add: false });
  multiply([ds, transposed(inP)], [q, rows], [out, behind(columns, q.size)], scaled);
  const inDv = behind(columns, q.size + k.size);
  multiply([p, transposed(inP)], [dy, rows], [out, inDv], { heads, add });
}

/** P of a block: [B, heads, queries, keys] */
function weightsOf({ q, k, mask }: AttentionInputs, block: Block, attrs: AttentionAttrs): Tensor {
  const { heads, causal } = attrs;
  const { first, queries, keys } = block;
  const spec = { shape: [q.dim(0), heads, queries, keys], dtype: "f32" } as const;
  const p = Tensor.allocate(q.device, spec, "attention weights");
  using z = like(p, "attention scores");
  const scale = scaleOf(q, heads);
  const columns = transposed(seen(k, block, heads));
  multiply([q, asked(q, block, heads)], [k, columns], [z, inWeights(z.shape)], { heads, scale });
  runSoftmax({ x: z, mask }, p, { causal, first });
  return p;
}

function blocksOf(q: Tensor, k: Tensor, { heads, causal, ...attrs }: BlockAttrs): Block[] {
  const [batch, queries, keys] = [q.dim(0), q.dim(1), k.dim(1)];
  const fit = Math.floor(partElements(q.gpu.device.rates) / (batch * heads * keys));
  const size = attrs.queries ?? Math.max(FEWEST_QUERIES, fit);
  return Array.from({ length: Math.ceil(queries / size) }, (_, i) => {
    const [first, end] = [i * size, Math.min(queries, (i + 1) * size)];
    const visible = causal && end < queries ? Math.min(keys, end) : keys;
    return { first, queries: end - first, keys: visible };
  });
}

/** The block's rows of q, dy, y or dq. */
function asked(x: Tensor, { first, queries }: Block, heads: number): Matrices {
  return { ...inHeads(x.shape, heads), start: first * x.dim(2), rows: queries };
}

/** The rows of k, v, dk or dv that the block sees. */
function seen(x: Tensor, { keys }: Block, heads: number): Matrices {
  return { ...inHeads(x.shape, heads), rows: keys };
}

function like(x: Tensor, label: string): Tensor {
  return Tensor.allocate(x.device, x, label);
}

/** What gradientOp means. */
function together(inputs: GradientInputs, attrs: AttentionAttrs): Tensor {
  const { dq, dk, dv } = materialisedGradients(inputs, attrs);
  return concat(
    [dq(), dk(), dv()].map((x) => reshape(x, [x.size])),
    0,
  );
}

/** Runs ops on float64 arrays. */
function onReference(
  inputs: GradientInputs<NdArray>,
  f: (given: GradientInputs) => Tensor,
): NdArray {
  const device = new ReferenceDevice();
  const make = (x: NdArray): Tensor => Tensor.fromReference(device, x, "f32", "attention");
  const { q, k, v, dy, mask } = inputs;
  const given = { q: make(q), k: make(k), v: make(v), dy: make(dy), mask: mask && make(mask) };
  return f(given).reference;
}

/** `make`, called when its value is first asked for. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
