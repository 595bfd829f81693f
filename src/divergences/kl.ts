/**
 * Integral KL (Diff-Instruct; with a reward, DI++).
 *
 *     ∇_θ KL = ∇_θ E[ sg[ s_ψ(x_t) − s_ref(x_t) ]ᵀ x_t ]
 *
 * Neither network is differentiated. Sources: Diff-Instruct (Luo et al. 2023, arXiv 2305.18455);
 * Diff-Instruct++ (Luo 2024, arXiv 2410.18881).
 */
import { stopGradient } from "../autograd/grad.js";
import { sub } from "../ops/binary.js";
import { log, neg } from "../ops/unary.js";
import { defineDivergence } from "./define.js";
import { type Divergence, dot } from "./divergence.js";

export const kl = defineDivergence({
  formula: "loss = sg[y]ᵀ x_t",
  source: "Diff-Instruct (arXiv 2305.18455); with a reward, DI++ (arXiv 2410.18881)",
  use: "cheapest: no derivative of a network's input; presses on high noise, seeks modes",
  options: {},
  make: (): Divergence => ({
    name: "kl",
    degree: 1,
    exact: { of: "ratio", f: (r) => neg(log(r)) },
    generatorLoss({ psi, ref, x_t }) {
      const x = stopGradient(x_t);
      const y = stopGradient(sub(psi(x), ref(x)));
      return { loss: dot(y, x_t), y };
    },
  }),
});
