/**
 * The arms: a divergence and its weight w(σ) in score space; sums over levels that are evenly spaced
 * in ln σ. What the weights stand for, with n(σ) = E |x₀ − E[x₀ | x_σ]|:
 *
 *     KL       w = σ²: Diff-Instruct's code, weight 1 on x₀-predictions;  σ² / n: DMD's practice
 *     score    w = σ²: KL of clean data, by de Bruijn's identity;         σ⁴ / n: SiD's practice
 */
import { type Distance, kl, pseudoHuber, sid } from "./divergence.js";
import type { Problem } from "./problem.js";

export interface Weighting {
  readonly name: string;
  readonly at: (sigma: number, n: number) => number;
}

export const WEIGHTINGS = {
  one: { name: "1", at: () => 1 },
  inverse: { name: "1/σ", at: (sigma) => 1 / sigma },
  squareByN: { name: "σ²/n", at: (sigma, n) => sigma ** 2 / n },
  square: { name: "σ²", at: (sigma) => sigma ** 2 },
  fourthByN: { name: "σ⁴/n", at: (sigma, n) => sigma ** 4 / n },
  fourth: { name: "σ⁴", at: (sigma) => sigma ** 4 },
} as const satisfies Record<string, Weighting>;

export interface Arm {
  readonly id: string;
  readonly family: string;
  readonly distance: Distance;
  readonly weighting: Weighting;
}

const W = WEIGHTINGS;
/** c of the default: 10⁻³ on x₀-predictions for data in [−1, 1], so 10⁻² on [−10, 10]. */
const DEFAULT_C = 1e-2;

const ikl = (weighting: Weighting): Arm => arm("IKL", kl, weighting);
const l2 = (weighting: Weighting): Arm => arm("SIM-L2", sid(1), weighting);
const sidArm = (alpha: number, weighting: Weighting): Arm =>
  arm(alpha === 0.5 ? "Fisher-full" : `SiD α=${alpha}`, sid(alpha), weighting);
const ph = (c: number, weighting: Weighting): Arm =>
  arm(
    `PH c=${c}`,
    pseudoHuber(() => c),
    weighting,
  );
/** Pseudo-Huber on x₀-predictions: c there is c / σ² in score space. */
const phX0 = (weighting: Weighting): Arm =>
  arm(
    "PH x₀",
    pseudoHuber((sigma) => DEFAULT_C / sigma ** 2),
    weighting,
  );

function arm(family: string, distance: Distance, weighting: Weighting): Arm {
  return { id: `${family} w=${weighting.name}`, family, distance, weighting };
}

/** Arms of a run: rows of the table, and the two sides of the claim with every candidate weight. */
export interface Arms {
  readonly table: readonly Arm[];
  readonly challengers: readonly Arm[];
  readonly defenders: readonly Arm[];
}

const ALL_WEIGHTS = [W.one, W.inverse, W.squareByN, W.square, W.fourthByN];

export const ALL: Arms = {
  table: [
    ...[W.one, W.squareByN, W.square, W.inverse].map(ikl),
    ...[W.square, W.fourthByN, W.fourth, W.one].map(l2),
    sidArm(0.5, W.one),
    sidArm(0.5, W.square),
    sidArm(0.75, W.square),
    sidArm(1.2, W.square),
    ph(0.5, W.square),
    ph(0.05, W.square),
    ph(0.05, W.one),
    phX0(W.square),
  ],
  challengers: ALL_WEIGHTS.map(phX0),
  defenders: ALL_WEIGHTS.map(ikl),
};

export const FEW: Arms = {
  table: [ikl(W.one), l2(W.square), l2(W.one), sidArm(0.5, W.square), ph(0.5, W.square)],
  challengers: [W.one, W.square].map(phX0),
  defenders: [W.one, W.square].map(ikl),
};

/** w(σ) Δ ln σ at the problem's levels. */
export function levelWeights({ weighting }: Arm, problem: Problem): number[] {
  const { sigmas, normaliser, spacing } = problem;
  return sigmas.map((sigma, k) => weighting.at(sigma, normaliser[k] ?? 1) * spacing);
}
