/**
 * Classifier-free guidance in the divergence, an implicit reward log p(c | x_t) (Diff-Instruct*):
 *
 *     IN    ref = s_c + α_cfg (s_c − s_∅)
 *     OUT   ref = s_c, and the term  −α_cfg ⟨ sg[s_c − s_∅], x_t ⟩
 *
 * Under KL the two are the same. g = 1 + α_cfg is diffusers' guidance_scale. On x₀-predictions the
 * same lines hold of f, and the term has the weight of a divergence of degree 1.
 */
import { stopGradient } from "../autograd/grad.js";
import { add, mul, sub } from "../ops/binary.js";
import type { Tensor } from "../tensor/tensor.js";
import { dot, type Field } from "./divergence.js";

/** Where guidance enters: the reference's field, or the loss. */
export type Guidance = "in" | "out";

/** IN: the guided field; α_cfg = 0 leaves the field alone. */
export function guidedField(conditional: Field, empty: Field, alpha_cfg: number): Field {
  if (alpha_cfg === 0) return conditional;
  return (x) => {
    const s_c = conditional(x);
    return add(s_c, mul(sub(s_c, empty(x)), alpha_cfg));
  };
}

/** OUT: the term of each sample; x_t [N, …] → [N] */
export function guidanceTerm(
  conditional: Field,
  empty: Field,
  alpha_cfg: number,
  x_t: Tensor,
): Tensor {
  const x = stopGradient(x_t);
  const pull = stopGradient(sub(conditional(x), empty(x)));
  return mul(dot(pull, x_t), -alpha_cfg);
}
