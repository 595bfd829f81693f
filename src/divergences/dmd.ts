/**
 * Distribution matching distillation (Yin et al. 2023, arXiv 2311.18828), without its regression on
 * pairs and without DMD2's adversarial term:
 *
 *     loss = sg[ y / n ]ᵀ x_t,        n = mean |x₀ − f_ref(x_t)|
 *
 * which has the gradient of ½ ‖x₀ − sg[x₀ − y/n]‖². y and n change units together, so that the loss
 * on x₀-predictions is the loss on scores.
 */
import { stopGradient } from "../autograd/grad.js";
import { div, sub } from "../ops/binary.js";
import { defineDivergence } from "./define.js";
import { type Divergence, dot } from "./divergence.js";
import { normaliser } from "./normaliser.js";

export const dmd = defineDivergence({
  formula: "loss = sg[y/n]ᵀ x_t,  n = mean |x₀ − f_ref|",
  source: "DMD (arXiv 2311.18828); DMD2 (arXiv 2405.14867)",
  use: "kl with every sample's pull of the same order: w = σ²/n in terms of kl on scores",
  options: {},
  make: (): Divergence => ({
    name: "dmd",
    degree: 0,
    generatorLoss({ psi, ref, target, x_t }) {
      const x = stopGradient(x_t);
      const f_ref = ref(x);
      const y = stopGradient(sub(psi(x), f_ref));
      return { loss: dot(div(y, normaliser(target, f_ref)), x_t), y };
    },
  }),
});
