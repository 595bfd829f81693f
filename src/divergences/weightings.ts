/**
 * Weightings w(t) of a divergence over noise levels, for x_t = α x₀ + σ ε.
 *
 *     D = ∫ w(t) D_t π(t) dt        D_t: the divergence at one level
 *
 * A weight belongs to one unit of the fields. For a divergence of degree p the loss on scores is
 * (α/σ²)^p times the loss on x₀-predictions, so that a weighting goes over by
 *
 *     w_x₀(t) = (α/σ²)^p w_scores(t)        L2, SiD, Fisher: p = 2    KL, pseudo-Huber: p = 1
 *
 * (pseudo-Huber with c in the unit of the field: a constant c on x₀-predictions is c α/σ² on
 * scores). w = 1 on x₀-predictions is therefore σ⁴ for L2 and σ² for KL in terms of scores.
 */
import { UsageError } from "../errors.js";
import type { Units } from "./divergence.js";

export interface Weighting {
  readonly name: string;
  readonly formula: string;
  readonly source: string;
  readonly use: string;
  /** The unit of the fields to whose loss `weight` belongs. */
  readonly units: Units;
  /** w of a noise level; α = 1 where noise is variance-exploding, as everywhere here. */
  readonly weight: (sigma: number, alpha?: number) => number;
  /** Divides by n = mean |x₀ − f_ref(x_t)| of each sample, detached: see normaliser.ts. */
  readonly normalised?: true;
}

export const weightings: Readonly<Record<string, Weighting>> = byName([
  {
    name: "x0",
    formula: "w = 1 on x₀-predictions",
    source: "Diff-Instruct's and SIM's practice",
    use: "the default: σ⁴ for l2, σ² for kl and pseudo-huber in terms of scores",
    units: "x₀-predictions",
    weight: () => 1,
  },
  {
    name: "score",
    formula: "w = 1 on scores",
    source: "the definition of the integral KL, and of D with w = 1",
    use: "blind to the weights of separate modes with a score divergence: lets mass move for free",
    units: "scores",
    weight: () => 1,
  },
  {
    name: "sigma2",
    formula: "w = σ² on scores",
    source: "de Bruijn's identity: KL = ∫ σ² E‖y‖² d ln σ, α = 1",
    use: "with l2 or fisher and the times log-uniform this is the KL of clean samples",
    units: "scores",
    weight: (sigma) => sigma ** 2,
  },
  {
    name: "sigma2-alpha2",
    formula: "w = σ²/α² on scores",
    source: "DMD's w_t without its normaliser; 1 / SNR",
    use: "the same number for variance-preserving and -exploding noise; here α = 1, so it is sigma2",
    units: "scores",
    weight: (sigma, alpha = 1) => (sigma / alpha) ** 2,
  },
  {
    name: "low-noise",
    formula: "w = 1/σ on scores",
    source: "the low-noise arm of integral KL",
    use: "presses on detail; brings kl nearer to the KL of clean samples",
    units: "scores",
    weight: (sigma) => 1 / sigma,
  },
  {
    name: "high-noise",
    formula: "w = σ⁴ on scores",
    source: "l2 on x₀-predictions, SIM",
    use: "presses on layout, leaves detail to the reward",
    units: "scores",
    weight: (sigma) => sigma ** 4,
  },
  {
    name: "sid",
    formula: "w = 1/n on x₀-predictions,  n = mean |x₀ − f_ref|",
    source: "SiD (arXiv 2404.04057); with kl it is DMD (arXiv 2311.18828)",
    use: "every sample pulls with the same order of force; n ≈ σ at low noise",
    units: "x₀-predictions",
    weight: () => 1,
    normalised: true,
  },
]);

/** @throws UsageError that lists the names. */
export function weightingNamed(name: string): Weighting {
  const found = Object.hasOwn(weightings, name) ? weightings[name] : undefined;
  if (found) return found;
  const known = Object.keys(weightings).join(", ");
  throw new UsageError(`There is no weighting ${name}. Known: ${known}.`);
}

/** The weight of a loss of the given degree on fields of the given unit. */
export function weightFor(
  { weight, units: own, normalised }: Weighting,
  { degree, units }: { readonly degree: number; readonly units: Units },
  sigma: number,
  alpha = 1,
): number {
  const w = weight(sigma, alpha);
  if (units === own) return w;
  // n has the unit of the field, and stands below the line.
  const power = degree - (normalised ? 1 : 0);
  const factor = (alpha / sigma ** 2) ** power;
  return own === "scores" ? w * factor : w / factor;
}

function byName(list: readonly Weighting[]): Record<string, Weighting> {
  return Object.fromEntries(list.map((weighting) => [weighting.name, weighting]));
}
