/**
 * Score identity distillation (Zhou et al. 2024), without its normaliser; times 2, so that α = 1
 * is the L2 score divergence and α = ½ the full Fisher divergence.
 *
 *     loss = −2 yᵀ ( (s_ref − ∇ log p_t(x_t | x₀)) + α y ),        y = s_ψ − s_ref
 */
import { add, mul, sub } from "../ops/binary.js";
import { type Divergence, dot } from "./divergence.js";

/**
 * The loss of the header, with its weight α. Source: Zhou et al., "Score identity distillation"
 * (2024).
 */
export const sid = ({ alpha }: { readonly alpha: number }): Divergence => ({
  name: "sid",
  generatorLoss({ psi, ref, target, x_t }) {
    const s_ref = ref(x_t);
    const y = sub(psi(x_t), s_ref);
    const e = add(sub(s_ref, target), mul(y, alpha));
    return { loss: mul(dot(y, e), -2), y };
  },
});
