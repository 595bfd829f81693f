/**
 * L2 score divergence: the weighted Fisher divergence with frozen sampling density.
 *
 *     d(y) = ‖y‖²,        d'(y) = 2 y
 *
 * Source: Score Implicit Matching (Luo et al. 2024, arXiv 2410.16794), theorem 3.1 with d = ‖·‖².
 */
import { defineDivergence } from "./define.js";
import { dot } from "./divergence.js";
import { scoreDivergence } from "./score-divergence.js";

export const l2 = defineDivergence({
  formula: "d(y) = ‖y‖²",
  source: "SIM (arXiv 2410.16794); Diff-Instruct* (arXiv 2410.20898)",
  use: "with w = σ² and ln σ uniform its value is the KL of clean samples; its gradient is a semi-gradient",
  options: {},
  make: () => scoreDivergence({ name: "l2", degree: 2, distance: (y) => dot(y, y) }),
});
