/**
 * The claim: pseudo-Huber with the default c against integral KL, each with its chosen weight, on
 * problems that the choice has not seen; paired by problem.
 */
import { Key } from "../../tensor/key.js";
import type { Results } from "../experiment.js";
import { areaBetween, atReward } from "../statistics/index.js";
import {
  type ClaimVerdict,
  judgeClaim,
  type LevelDifferences,
  type RewardDifferences,
} from "../verdict.js";
import type { Exact1dConfig } from "./config.js";
import { freshInstances, type Sides, sweepOf } from "./plan.js";
import { REWARD_NAMES, REWARDS, type RewardName } from "./rewards.js";
import { BOOTSTRAP } from "./trial.js";

export interface Claim extends ClaimVerdict {
  /** Mean area between the sides' curves of n_eff, over the levels of a reward. */
  readonly areas: Readonly<Record<string, number>>;
}

export function judge(config: Exact1dConfig, results: Results, sides: Sides): Claim {
  const evidence = REWARD_NAMES.map((reward) => evidenceOf(config, results, { sides, reward }));
  const key = Key.from(config.seed).fold(BOOTSTRAP);
  const areas = REWARD_NAMES.flatMap((reward) => {
    const values = freshInstances(config).flatMap((instance) => {
      const area = areaOf(results, { sides, reward, instance });
      return area === undefined ? [] : [area];
    });
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    return values.length === 0 ? [] : [[reward, mean] as const];
  });
  return { ...judgeClaim(evidence, { key }), areas: Object.fromEntries(areas) };
}

interface Pair {
  readonly sides: Sides;
  readonly reward: RewardName;
}

function evidenceOf(
  config: Exact1dConfig,
  results: Results,
  { sides, reward }: Pair,
): RewardDifferences {
  const { levels } = REWARDS[reward];
  return {
    reward,
    levels: levels.map((level): LevelDifferences => {
      const pairs = freshInstances(config).map((instance) => {
        const [a, b] = [sides.challenger, sides.defender].map((arm) => {
          const { points = [] } = sweepOf(results, { instance, reward, arm }) ?? {};
          return atReward(points, level)?.values;
        });
        return a && b ? [a, b] : undefined;
      });
      // Every problem, or none: those that one side fails on are not like the others.
      const all = pairs.every((pair) => pair !== undefined) ? pairs : [];
      const differences = (measure: string): number[] =>
        all.map(([a, b] = []) => (a?.[measure] ?? Number.NaN) - (b?.[measure] ?? Number.NaN));
      return {
        level,
        effectiveModes: differences("effectiveModes"),
        recall: differences("recall"),
        quality: differences("offManifold").map((mass) => -mass),
      };
    }),
  };
}

function areaOf(
  results: Results,
  { sides, reward, instance }: Pair & { instance: number },
): number | undefined {
  const { levels } = REWARDS[reward];
  const [a = [], b = []] = [sides.challenger, sides.defender].map(
    (arm) => sweepOf(results, { instance, reward, arm })?.points,
  );
  const range = { low: Math.min(...levels), high: Math.max(...levels) };
  return areaBetween([a, b], "effectiveModes", range);
}
