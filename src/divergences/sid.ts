/**
 * Score identity distillation (Zhou et al. 2024), without its normaliser; times 2, so that α = 1
 * is the L2 score divergence and α = ½ the full Fisher divergence.
 *
 *     loss = −2 yᵀ ( (s_ref − ∇ log p_t(x_t | x₀)) + α y ),        y = s_ψ − s_ref
 *
 * The normaliser is a weighting: `sid` in weightings.ts.
 */
import { add, mul, sub } from "../ops/binary.js";
import { defineDivergence } from "./define.js";
import { type Divergence, dot } from "./divergence.js";

export const sid = defineDivergence({
  formula: "loss = −2 yᵀ((s_ref − ∇ log p(x_t|x₀)) + α y)",
  source: "SiD (arXiv 2404.04057)",
  use: "α = 1 is l2, ½ is fisher; images are trained with 1 to 1.2 and the weighting sid",
  options: { alpha: { what: "SiD's α", default: 1 } },
  example: { alpha: 1.2 },
  make: ({ alpha }): Divergence => ({
    name: "sid",
    degree: 2,
    exact: { of: "scores", distance: (y) => dot(y, y), moving: 2 * (1 - alpha) },
    generatorLoss({ psi, ref, target, x_t }) {
      const s_ref = ref(x_t);
      const y = sub(psi(x_t), s_ref);
      const e = add(sub(s_ref, target), mul(y, alpha));
      return { loss: mul(dot(y, e), -2), y };
    },
  }),
});
