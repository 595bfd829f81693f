/**
 * Negative control: a divergence whose networks see a detached x_t. It is *not* the divergence it
 * was made from: on x₀-predictions the L2 score divergence becomes KL times 2/σ² (in score units;
 * on scores nothing is left, since the target −ε/σ does not depend on θ). For tests and warnings.
 */
import { stopGradient } from "../autograd/grad.js";
import type { Divergence } from "./divergence.js";

/** The negative control of the header: both networks see x_t without its past. */
export const detached = (divergence: Divergence): Divergence => ({
  name: `${divergence.name} (detached)`,
  generatorLoss: ({ psi, ref, target, x_t }) =>
    divergence.generatorLoss({
      psi: (x) => psi(stopGradient(x)),
      ref: (x) => ref(stopGradient(x)),
      target,
      x_t,
    }),
});
