/**
 * The claim by areas: the mean difference of a measure at equal reward, between the first and the last
 * level that all curves reach, paired by seed. It uses the whole curves where the rule uses five
 * levels; the verdict is the rule's alone.
 */
import { Key } from "../../tensor/key.js";
import type { Results } from "../experiment.js";
import { areaBetween, atReward, type Interval, PairedBootstrap } from "../statistics/index.js";
import type { Claim } from "./claim.js";
import type { Toy2dConfig } from "./config.js";
import { curveOf, trialOf } from "./plan.js";
import { REWARDS, type RewardName } from "./rewards.js";
import { STREAM } from "./streams.js";
import type { TrialPoint } from "./trial.js";

export const AREA_MEASURES = ["effectiveModes", "recall", "quality", "kl"] as const;
export type AreaMeasure = (typeof AREA_MEASURES)[number];

export interface Areas {
  readonly reward: RewardName;
  /** First and last reward; undefined where fewer than two levels are reached by all. */
  readonly range?: readonly [number, number];
  /** Challenger minus defender. */
  readonly measures: Readonly<Partial<Record<AreaMeasure, Interval>>>;
}

type Pair = readonly [readonly TrialPoint[], readonly TrialPoint[]];

export function areasOf(
  { seed, seeds }: Toy2dConfig,
  results: Results,
  { sides, rewards }: Claim,
): Areas[] {
  const bootstrap = new PairedBootstrap(seeds, { key: Key.from(seed).fold(STREAM.bootstrap) });
  return rewards.map(({ reward: name }): Areas => {
    const reward = name as RewardName;
    const pairs = sides.map(
      ({ challenger, defender }, s): Pair => [
        curveOf(trialOf(results, reward, challenger), s),
        curveOf(trialOf(results, reward, defender), s),
      ],
    );
    const range = commonRange(reward, pairs);
    if (!range) return { reward, measures: {} };
    const [low, high] = range;
    const measures = AREA_MEASURES.map((measure) => {
      const areas = pairs.map((pair) => areaBetween(pair, measure, { low, high }) ?? Number.NaN);
      return [measure, bootstrap.interval(areas)] as const;
    });
    return { reward, range, measures: Object.fromEntries(measures) };
  });
}

function commonRange(reward: RewardName, pairs: readonly Pair[]): [number, number] | undefined {
  const all = REWARDS[reward].levels.filter((level) =>
    pairs.every(([a, b]) => atReward(a, level) && atReward(b, level)),
  );
  const [low, high] = [all[0], all.at(-1)];
  return low !== undefined && high !== undefined && high > low ? [low, high] : undefined;
}
