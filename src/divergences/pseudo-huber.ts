/**
 * Pseudo-Huber score divergence (Diff-Instruct*, Score Implicit Matching).
 *
 *     d(y) = √(‖y‖² + c²) − c,        d'(y) = y / √(‖y‖² + c²)
 *
 * ‖·‖ is over the whole sample, so every sample pulls with a bounded force.
 */
import { add, sub } from "../ops/binary.js";
import { sqrt } from "../ops/unary.js";
import { dot } from "./divergence.js";
import { scoreDivergence } from "./score-divergence.js";

/**
 * d of the header. Source: Luo et al., "One-step diffusion distillation through score implicit
 * matching" (2024).
 * @param c > 0, in the units of y; near 0 the force no longer depends on ‖y‖.
 */
export const pseudoHuber = ({ c }: { readonly c: number }) =>
  scoreDivergence({
    name: "pseudo-huber",
    distance: (y) => sub(sqrt(add(dot(y, y), c * c)), c),
  });
