/**
 * Negative control: a divergence whose networks see a detached x_t. It is *not* the divergence it
 * was made from: on x₀-predictions the L2 score divergence becomes KL times 2/σ² (in score units;
 * on scores nothing is left, since the target −ε/σ does not depend on θ). For tests and warnings.
 */
import { stopGradient } from "../autograd/grad.js";
import { defineDivergence } from "./define.js";
import type { Divergence } from "./divergence.js";
import { l2 } from "./l2.js";

/** The gradient is no longer that of what the divergence states, so `exact` is left out. */
export const detached = ({ exact: _, ...divergence }: Divergence): Divergence => ({
  ...divergence,
  name: `${divergence.name} (detached)`,
  generatorLoss: (input) =>
    divergence.generatorLoss({
      ...input,
      psi: (x) => input.psi(stopGradient(x)),
      ref: (x) => input.ref(stopGradient(x)),
    }),
});

export const detachedL2 = defineDivergence({
  formula: "l2 with the networks' inputs detached",
  source: "none: the mistake that turns l2 into kl × 2/σ²",
  use: "NEGATIVE CONTROL, on x₀-predictions: must behave as kl with the weight 2/σ² times that of l2",
  options: {},
  make: () => ({ ...detached(l2()), name: "detached-l2" }),
});
