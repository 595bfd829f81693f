/**
 * The claim: pseudo-Huber as it is the papers' default against integral KL, at equal reward, paired
 * by seed. Each side has the weighting that stands best on the *other* seeds, so that no seed judges
 * a choice that it took part in.
 */
import { Key } from "../../tensor/key.js";
import type { Results } from "../experiment.js";
import { atReward } from "../statistics/index.js";
import { type ClaimVerdict, judgeClaim, type LevelDifferences } from "../verdict.js";
import { type Arm, armsNamed, CHALLENGERS, DEFENDERS } from "./arm.js";
import { rewardsOf, type Toy2dConfig } from "./config.js";
import { curveOf, trialOf } from "./plan.js";
import { REWARDS, type RewardName } from "./rewards.js";
import { STREAM } from "./streams.js";
import type { TrialPoint } from "./trial.js";

export interface Claim extends ClaimVerdict {
  /** For each seed, the two arms that it compares. */
  readonly sides: readonly Sides[];
}

export interface Sides {
  readonly challenger: Arm;
  readonly defender: Arm;
}

export function seedsOf({ seeds }: Toy2dConfig): number[] {
  return Array.from({ length: seeds }, (_, i) => i);
}

/** Undefined where the run lacks a side, or seeds to choose with. */
export function judge(config: Toy2dConfig, results: Results): Claim | undefined {
  const sides = chooseSides(config, results);
  if (!sides) return undefined;
  const evidence = rewardsOf(config).map((reward) => ({
    reward,
    levels: REWARDS[reward].levels.map((level) => differences(results, { reward, level, sides })),
  }));
  const key = Key.from(config.seed).fold(STREAM.bootstrap);
  return { ...judgeClaim(evidence, { key }), sides };
}

function chooseSides(config: Toy2dConfig, results: Results): Sides[] | undefined {
  const arms = armsNamed(config.arms);
  const of = (names: readonly string[]): Arm[] => arms.filter(({ id }) => names.includes(id));
  const [challengers, defenders] = [of(CHALLENGERS), of(DEFENDERS)];
  if (challengers.length === 0 || defenders.length === 0 || config.seeds < 2) return undefined;
  return seedsOf(config).map((seed) => {
    const others = seedsOf(config).filter((other) => other !== seed);
    const best = (candidates: readonly Arm[]): Arm =>
      candidates
        .map((arm) => ({ arm, score: scoreOf(config, results, { arm, seeds: others }) }))
        .reduce((a, b) => (b.score > a.score ? b : a)).arm;
    return { challenger: best(challengers), defender: best(defenders) };
  });
}

/** An arm's mean standing over rewards and some seeds. */
export function scoreOf(
  config: Toy2dConfig,
  results: Results,
  { arm, seeds }: { arm: Arm; seeds: readonly number[] },
): number {
  const scores = rewardsOf(config).flatMap((reward) =>
    seeds.map((seed) => standing(curveOf(trialOf(results, reward, arm), seed), reward)),
  );
  return scores.reduce((a, b) => a + b, 0) / scores.length;
}

/**
 * Mean over the levels of n_eff / n_eff(start), recall and the fraction of high quality; 0 at a level
 * that is not reached.
 */
function standing(points: readonly TrialPoint[], reward: RewardName): number {
  const most = points[0]?.effectiveModes ?? 1;
  const { levels } = REWARDS[reward];
  const scores = levels.map((level) => {
    const at = atReward(points, level)?.values;
    if (!at) return 0;
    const { effectiveModes = 0, recall = 0, quality = 0 } = at;
    return (effectiveModes / most + recall + quality) / 3;
  });
  return scores.reduce((a, b) => a + b, 0) / scores.length;
}

function differences(
  results: Results,
  { reward, level, sides }: { reward: RewardName; level: number; sides: readonly Sides[] },
): LevelDifferences {
  const pairs = sides.map(({ challenger, defender }, seed) => {
    const [a, b] = [challenger, defender].map(
      (arm) => atReward(curveOf(trialOf(results, reward, arm), seed), level)?.values,
    );
    return a && b ? [a, b] : undefined;
  });
  // Every seed, or none: those that one side fails on are not like the others.
  const all = pairs.every((pair) => pair !== undefined) ? pairs : [];
  const of = (measure: string): number[] =>
    all.map(([a, b] = []) => (a?.[measure] ?? Number.NaN) - (b?.[measure] ?? Number.NaN));
  return {
    level,
    effectiveModes: of("effectiveModes"),
    recall: of("recall"),
    quality: of("quality"),
  };
}
