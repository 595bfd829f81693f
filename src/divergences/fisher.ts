/**
 * The full Fisher divergence: L2 with the sampling density moving with the generator.
 *
 *     D = E_{x_t ~ p_θ} ‖y‖²        loss = −2 yᵀ ( s_ψ − ∇ log p_t(x_t | x₀) ) + ‖y‖²
 *
 * The exact gradient, so that with w = σ² and ln σ uniform a reward's optimum is p_ref e^{α r} / Z.
 * It equals SiD with α = ½. Source: de Bruijn's identity; Score identity distillation (Zhou et al.
 * 2024, arXiv 2404.04057) at α = ½.
 */
import { defineDivergence } from "./define.js";
import { l2 } from "./l2.js";
import { withMovingDensity } from "./score-divergence.js";

export const fisher = defineDivergence({
  formula: "D = E_{x ~ p_θ} ‖y‖², with the moving density",
  source: "Fisher divergence; SiD (arXiv 2404.04057) at α = ½",
  use: "the one score divergence whose optimum is known in closed form (w = σ², ln σ uniform)",
  options: {},
  make: () => ({ ...withMovingDensity(l2()), name: "fisher" }),
});
