/**
 * The KL divergence of (nearly) clean samples: integral KL with all its weight at the smallest
 * noise level that is trained on.
 *
 *     KL(p_θ ‖ p_ref) ≈ KL_σ,  σ = σ_min        ∇_θ = ∇_θ E[ sg[ y ]ᵀ x_σ ]
 *
 * The least KL to the reference at a given reward, by definition: the bound that other divergences
 * are measured against. Learned scores are worst just there, and no mass crosses between modes.
 */
import { defineDivergence } from "./define.js";
import { kl } from "./kl.js";

export const cleanKl = defineDivergence({
  formula: "kl at the smallest noise level",
  source: "KL(p_θ ‖ p_ref), the limit σ → 0 of Diff-Instruct",
  use: "the bound to compare with; wants exact scores, for learned ones are worst at small noise",
  options: {},
  make: () => ({ ...kl(), name: "clean-kl", atSmallestNoise: true as const }),
});
