/**
 * Negative control: a divergence whose networks see a detached x_t. It is *not* the divergence it
 * was made from: the L2 score divergence becomes KL times 2/σ². For tests and for warnings.
 */
import { stopGradient } from "../autograd/grad.js";
import type { Divergence } from "./divergence.js";

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
