/**
 * All arms at one level of reward: means over the seeds, and differences to one arm with intervals of
 * a paired bootstrap and Holm's correction over the arms.
 */
import { Key } from "../../tensor/key.js";
import type { Results } from "../experiment.js";
import { atReward, holm, type Interval, PairedBootstrap } from "../statistics/index.js";
import { type Arm, armsNamed } from "./arm.js";
import { seedsOf } from "./claim.js";
import type { Toy2dConfig } from "./config.js";
import { curveOf, trialOf } from "./plan.js";
import type { RewardName } from "./rewards.js";
import { STREAM } from "./streams.js";

export const MEASURES = [
  "effectiveModes",
  "coverage",
  "recall",
  "entropy",
  "quality",
  "kl",
] as const;
export type Measure = (typeof MEASURES)[number];

/** Integral KL as DI++ has it: what the other arms are set against, where the run has it. */
const BASELINE = "kl@score";

export interface Row {
  readonly arm: Arm;
  /** Seeds whose curve reaches the level. */
  readonly reached: number;
  /** Of those seeds; undefined where there are none. */
  readonly values?: Readonly<Record<Measure, number>>;
  /** KL(arm) − KL(baseline); where every seed of both reaches the level. */
  readonly klDifference?: Interval;
  readonly adjusted?: number;
}

export interface Comparison {
  readonly baseline: Arm;
  readonly rows: readonly Row[];
}

export interface Place {
  readonly reward: RewardName;
  readonly level: number;
}

export function compareAt(config: Toy2dConfig, results: Results, place: Place): Comparison {
  const arms = armsNamed(config.arms);
  const baseline = arms.find(({ id }) => id === BASELINE) ?? (arms[0] as Arm);
  const base = valuesOf(config, results, { ...place, arm: baseline });
  const bootstrap =
    config.seeds < 2
      ? undefined
      : new PairedBootstrap(config.seeds, { key: Key.from(config.seed).fold(STREAM.bootstrap) });
  const rows = arms.map((arm): Row => {
    const all = valuesOf(config, results, { ...place, arm });
    const found = all.filter((one) => one !== undefined);
    const kl = all.map((one, s) => (one?.kl ?? Number.NaN) - (base[s]?.kl ?? Number.NaN));
    const complete = arm !== baseline && kl.every(Number.isFinite);
    return {
      arm,
      reached: found.length,
      ...(found.length > 0 ? { values: meanOf(found) } : {}),
      ...(complete && bootstrap ? { klDifference: bootstrap.interval(kl) } : {}),
    };
  });
  return { baseline, rows: corrected(rows) };
}

function corrected(rows: readonly Row[]): Row[] {
  const adjusted = holm(rows.flatMap(({ klDifference }) => (klDifference ? [klDifference.p] : [])));
  let next = 0;
  return rows.map((row) => (row.klDifference ? { ...row, adjusted: adjusted[next++] ?? 1 } : row));
}

function valuesOf(
  config: Toy2dConfig,
  results: Results,
  { reward, level, arm }: Place & { arm: Arm },
): (Readonly<Record<string, number>> | undefined)[] {
  const trial = trialOf(results, reward, arm);
  return seedsOf(config).map((seed) => atReward(curveOf(trial, seed), level)?.values);
}

function meanOf(all: readonly Readonly<Record<string, number>>[]): Record<Measure, number> {
  const of = (name: Measure): number =>
    all.reduce((sum, one) => sum + (one[name] ?? Number.NaN), 0) / all.length;
  return Object.fromEntries(MEASURES.map((name) => [name, of(name)])) as Record<Measure, number>;
}
