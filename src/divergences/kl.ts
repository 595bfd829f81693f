/**
 * Integral KL (Diff-Instruct; with a reward, DI++).
 *
 *     ∇_θ KL = ∇_θ E[ sg[ s_ψ(x_t) − s_ref(x_t) ]ᵀ x_t ]
 *
 * Neither network is differentiated.
 */
import { stopGradient } from "../autograd/grad.js";
import { sub } from "../ops/binary.js";
import { type Divergence, dot } from "./divergence.js";

/** Integral KL: the loss of the header. Source: Luo et al., "Diff-Instruct" (2023). */
export const kl = (): Divergence => ({
  name: "kl",
  generatorLoss({ psi, ref, x_t }) {
    const x = stopGradient(x_t);
    const y = stopGradient(sub(psi(x), ref(x)));
    return { loss: dot(y, x_t), y };
  },
});
