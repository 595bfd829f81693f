/**
 * Power distance: between and beyond pseudo-Huber (p = 1) and L2 (p = 2).
 *
 *     d(y) = (‖y‖² + c²)^(p/2) − cᵖ,        d'(y) = p (‖y‖² + c²)^(p/2 − 1) y
 *
 * Source: the family ‖y‖ᵖ of Score Implicit Matching (Luo et al. 2024), smoothed at 0 by c.
 */
import { add, pow, sub } from "../ops/binary.js";
import { defineDivergence } from "./define.js";
import { dot } from "./divergence.js";
import { scoreDivergence } from "./score-divergence.js";

export const power = defineDivergence({
  formula: "d(y) = (‖y‖² + c²)^(p/2) − cᵖ",
  source: "SIM (arXiv 2410.16794), ‖y‖ᵖ smoothed at 0",
  use: "to go from bounded pull (p = 1) to L2 (p = 2) in steps; p > 2 presses on the largest gaps",
  options: {
    p: { what: "the power", default: 1.5, above: 0 },
    c: { what: "size of the rounding at 0", default: 1e-3, above: 0, ofField: true },
  },
  example: { p: 1.5, c: 2 },
  make: ({ p, c }) =>
    scoreDivergence({
      name: "power",
      degree: p,
      distance: (y) => sub(pow(add(dot(y, y), c * c), p / 2), c ** p),
    }),
});
