/**
 * Pseudo-Huber score divergence (Diff-Instruct*, Score Implicit Matching).
 *
 *     d(y) = √(‖y‖² + c²) − c,        d'(y) = y / √(‖y‖² + c²)
 *
 * ‖·‖ is over the whole sample, so every sample pulls with a bounded force: beyond some α_rew a
 * reward wins outright. Larger c is nearer to L2, d → ‖y‖² / 2c.
 */
import { add, sub } from "../ops/binary.js";
import { sqrt } from "../ops/unary.js";
import { defineDivergence } from "./define.js";
import { dot } from "./divergence.js";
import { scoreDivergence } from "./score-divergence.js";

export const pseudoHuber = defineDivergence({
  formula: "d(y) = √(‖y‖² + c²) − c",
  source: "SIM (arXiv 2410.16794); Diff-Instruct* (arXiv 2410.20898)",
  use: "the default of the papers; normalises each sample, and its pull is bounded",
  options: { c: { what: "where the pull saturates", default: 1e-3, above: 0, ofField: true } },
  example: { c: 2 },
  make: ({ c }) =>
    scoreDivergence({
      name: "pseudo-huber",
      degree: 1,
      distance: (y) => sub(sqrt(add(dot(y, y), c * c)), c),
    }),
});
