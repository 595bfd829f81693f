/**
 * Comparison at equal reward. The reward is the mean proxy on fresh pictures, in standard deviations
 * of the start generator's. Two ways to come to a level, kept apart:
 *
 *     at equal length   after t steps, across strengths: reward and length are both equal. The
 *                       verdict uses this one, at the last checkpoint
 *     along training    one strength, over the steps: says how long each level takes
 *
 * LEVELS were fixed beforehand, within the proxies' values that a pilot of four steps reached and
 * a little beyond; nothing else of the pilot was looked at for it.
 */
import type { Results } from "../experiment.js";
import { type AtReward, atReward, type CurvePoint } from "../statistics/index.js";
import type { Trial } from "./align.js";
import { type Arm, armsOf } from "./arms.js";
import type { Emoji32Config } from "./config.js";
import { PROXY_NAMES } from "./pairs.js";
import { type Curve, startOf, trainedOf, trialsOf } from "./results.js";

export const LEVELS = [0.2, 0.4, 0.6, 0.8, 1] as const;
/** The level at which tables and grids of pictures are shown. */
export const MIDDLE = LEVELS[2];

/** The steps at which arms are measured. */
export function lengthsOf({ steps, checkpoints }: Emoji32Config): number[] {
  const all = Array.from({ length: steps }, (_, i) => i + 1);
  const before = (step: number): number => Math.floor(((step - 1) * checkpoints) / steps);
  return all.filter((step) => Math.floor((step * checkpoints) / steps) > before(step));
}

/** After `length` steps: a point for each strength, from no reward on. */
export function atLength(
  config: Emoji32Config,
  results: Results,
  curve: Curve,
  length: number,
): CurvePoint[] {
  return trialsOf(config, curve).flatMap((trial) => {
    const point = trainedOf(results, trial)?.points.find(({ step }) => step === length);
    return point ? [{ ...point.measures, reward: point.measures[curve.proxy] ?? Number.NaN }] : [];
  });
}

/** One trial over its steps, from the start generator on. */
export function alongTraining(results: Results, trial: Trial, proxy: Curve["proxy"]): CurvePoint[] {
  const start = startOf(results, trial.seed);
  const points = trainedOf(results, trial)?.points ?? [];
  return [...(start ? [start] : []), ...points].map(({ step, measures }) => ({
    ...measures,
    step,
    reward: measures[proxy] ?? Number.NaN,
  }));
}

/** The measures of an arm at a level after `length` steps; undefined where it is not reached. */
export function reached(
  config: Emoji32Config,
  results: Results,
  curve: Curve,
  { level, length }: { readonly level: number; readonly length: number },
): AtReward | undefined {
  return atReward(atLength(config, results, curve, length), level);
}

export interface Sides {
  readonly challenger: Arm;
  readonly defender: Arm;
}

/** The weighting with the best standing for each side; undefined while trials are missing. */
export function chooseSides(config: Emoji32Config, results: Results): Sides | undefined {
  const arms = armsOf(config);
  const all = arms.flatMap((arm) =>
    PROXY_NAMES.flatMap((proxy) => trialsOf(config, { seed: 0, arm, proxy })),
  );
  if (all.some((trial) => !trainedOf(results, trial))) return undefined;
  const best = (side: string): Arm | undefined =>
    arms
      .filter(({ divergence }) => divergence === side)
      .map((arm) => ({ arm, score: standing(config, results, arm) }))
      .sort((a, b) => b.score - a.score)[0]?.arm;
  const [challenger, defender] = [best(config.challenger), best(config.defender)];
  return challenger && defender ? { challenger, defender } : undefined;
}

/**
 * On seed 0, at the last checkpoint: the mean over proxies and levels of n_eff, recall and quality,
 * each by what the start generator has; 0 at a level that is not reached.
 */
export function standing(config: Emoji32Config, results: Results, arm: Arm): number {
  const start = startOf(results, 0)?.measures ?? {};
  const scores = PROXY_NAMES.flatMap((proxy) =>
    LEVELS.map((level) => {
      const found = reached(
        config,
        results,
        { seed: 0, arm, proxy },
        { level, length: config.steps },
      );
      if (!found) return 0;
      const part = (name: string): number => (found.values[name] ?? 0) / (start[name] || 1);
      return (part("vendi") + part("recall") + part("quality")) / 3;
    }),
  );
  return scores.reduce((a, b) => a + b, 0) / scores.length;
}
