/**
 * f-divergences of the diffused densities (f-distill, Xu et al. 2025, arXiv 2502.15681):
 *
 *     D_f = E_{x ~ p_θ} f(r),   r = p_ref / p_θ        loss = h(r) sg[ y ]ᵀ x_t,   h(r) = r² f''(r)
 *
 *     f            f(r), up to a r + b         h(r)
 *     rkl          −ln r                       1            reverse KL: the divergence kl
 *     fkl          r ln r                      r
 *     js           r ln r − (r + 1) ln (r+1)   r / (1 + r)
 *     softened-rkl (r + 1) ln ((r + 1) / r)    1 / (1 + r)
 *     hellinger    −4 √r                       √r
 *     jeffreys     (r − 1) ln r                1 + r
 *     neyman       1 / 2r                      1 / r
 *     pearson      r² / 2                      r²
 *
 * r must be given: exactly, or by a discriminator; it is clamped to [r_min, r_max]. The published
 * method also divides h by its mean over the batch; here samples do not see each other.
 */
import { stopGradient } from "../autograd/grad.js";
import { UsageError } from "../errors.js";
import { add, div, mul, sub } from "../ops/binary.js";
import { clamp } from "../ops/clamp.js";
import { log, log1p, reciprocal, sqrt, square } from "../ops/unary.js";
import { ones } from "../tensor/create.js";
import type { Tensor } from "../tensor/tensor.js";
import { defineDivergence } from "./define.js";
import type { Divergence } from "./divergence.js";
import { kl } from "./kl.js";

interface Generator {
  f(r: Tensor): Tensor;
  h(r: Tensor): Tensor;
}

const rkl: Generator = { f: (r) => mul(log(r), -1), h: (r) => ones(r.device, r.shape) };
const GENERATORS: Readonly<Record<string, Generator>> = {
  rkl,
  fkl: { f: (r) => mul(r, log(r)), h: (r) => r },
  js: {
    f: (r) => sub(mul(r, log(r)), mul(add(r, 1), log1p(r))),
    h: (r) => div(r, add(r, 1)),
  },
  "softened-rkl": {
    f: (r) => mul(add(r, 1), sub(log1p(r), log(r))),
    h: (r) => reciprocal(add(r, 1)),
  },
  hellinger: { f: (r) => mul(sqrt(r), -4), h: sqrt },
  jeffreys: { f: (r) => mul(sub(r, 1), log(r)), h: (r) => add(r, 1) },
  neyman: { f: (r) => mul(reciprocal(r), 0.5), h: reciprocal },
  pearson: { f: (r) => mul(square(r), 0.5), h: square },
};

export const fDistill = defineDivergence({
  formula: "loss = h(r) sg[y]ᵀ x_t,  r = p_ref / p_θ",
  source: "f-distill (arXiv 2502.15681)",
  use: "where a density ratio is at hand; fkl and js cover modes that kl drops",
  options: {
    f: { what: "the f-divergence", default: "js", choices: Object.keys(GENERATORS) },
    r_min: { what: "smallest ratio", default: 0.1, min: 0 },
    r_max: { what: "largest ratio", default: 20, above: 0 },
  },
  example: { f: "js", r_min: 0, r_max: 1e12 },
  make: ({ f: name, r_min, r_max }): Divergence => {
    const { f, h } = GENERATORS[name] ?? rkl;
    return {
      name: "f-distill",
      degree: 1,
      exact: { of: "ratio", f },
      needsDensityRatio: true,
      generatorLoss(input) {
        if (!input.densityRatio) {
          throw new UsageError(
            "f-distill: no density ratio was given. Give the input's densityRatio, [N, …] → [N].",
          );
        }
        const { loss, y } = kl().generatorLoss(input);
        const r = clamp(input.densityRatio(stopGradient(input.x_t)), { min: r_min, max: r_max });
        return { loss: mul(stopGradient(h(r)), loss), y };
      },
    };
  },
});
