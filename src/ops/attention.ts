/**
 * Scaled dot-product attention with several heads (Vaswani et al., 2017). For each head, with
 * d = C / heads:
 *
 *     y = softmax(q kᵀ / √d + mask) v
 *
 * Two ways, with their derivatives: attention-blocks.ts makes the weights block by block, with memory
 * that grows with T + S; attention-materialised.ts holds them, B · heads · T · S values.
 *
 * A key is not seen where the mask is −∞, whatever its score (∞ and NaN included), or where `causal`
 * hides it. A query that sees no key gets 0, and no derivative passes: as in PyTorch's
 * scaled_dot_product_attention from 2.5 on. A mask of −1e9 is a number: a query all of whose keys
 * have it gets the softmax of its scores, of which float32 keeps nothing beside −1e9, so that on an
 * adapter it is the mean of the values. f16 ends at −65504 and holds −1e9 as −∞: there the same
 * query gets 0.
 */
import { elementOf } from "../autograd/op-dtypes.js";
import { ShapeError } from "../errors.js";
import { FLOATS } from "../tensor/dtype.js";
import { type Shape, showShape } from "../tensor/shape.js";
import type { Tensor, TensorSpec } from "../tensor/tensor.js";
import { blockwise } from "./attention-blocks.js";
import { type AttentionInputs, materialised } from "./attention-materialised.js";
import { cast } from "./cast.js";

/** Options of attention. `heads` divides C. */
export interface AttentionOptions {
  readonly heads: number;
  /**
   * [B, S], added to the scores: 0, and −1e9 or −∞ where a key must not be seen. Not differentiated.
   * For queries that see no key see the header.
   */
  readonly mask?: Tensor | undefined;
  /** Query t sees keys 0 … t alone. Default: false. */
  readonly causal?: boolean;
}

/**
 * From so many weights per head on, they are not held in memory. Below it holding them costs little,
 * and saves making them anew for the gradient: on lavapipe with 256 tokens and a head of 64, by
 * processor time, 19 GFLOP/s against 17 forward and backward.
 */
const MANY_WEIGHTS = 512 * 512;

/**
 * q [B, T, C], k [B, S, C], v [B, S, C] → [B, T, C]; heads lie side by side in C.
 * @throws ShapeError when q, k, v or the mask do not fit, or the heads do not divide C; DtypeError
 * when they are not all f32 or all f16.
 */
export function attention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions): Tensor {
  const { heads, mask, causal = false } = options;
  const typed = { name: "attention", elements: FLOATS };
  elementOf(typed, ["q", "k", "v", "mask"], [q, k, v, mask]);
  checkShapes(q, k, v, options);
  const given: AttentionInputs = { q, k, v, mask };
  const attrs = { heads, causal };
  if (!isLarge(q, k)) return materialised(given, attrs);
  if (q.dtype !== "f16") return blockwise(given, attrs);
  const full = (x: Tensor): Tensor => cast(x, "f32");
  const wide = { q: full(q), k: full(k), v: full(v), mask: mask && full(mask) };
  return cast(blockwise(wide, attrs), "f16");
}

function isLarge(q: Tensor, k: Tensor): boolean {
  const { device } = q;
  const fast = device.kind === "gpu" && q.gpu.device.kernels === "fast";
  return fast && q.dim(1) * k.dim(1) >= MANY_WEIGHTS;
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
