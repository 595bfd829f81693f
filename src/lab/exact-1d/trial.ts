/** One trial: an arm on a reward of an instance; and how well it stands. */
import { Key } from "../../tensor/key.js";
import { atReward } from "../statistics/index.js";
import { type Arm, levelWeights } from "./arms.js";
import type { Exact1dConfig } from "./config.js";
import { Divergence } from "./divergence.js";
import { makeProblem, type Problem } from "./problem.js";
import { REWARDS, type RewardName } from "./rewards.js";
import { type Sweep, sweep } from "./sweep.js";

/** Streams of one seed. */
const PROBLEMS = 0;
const PAIRS = 1;
export const BOOTSTRAP = 2;

export function problemOf({ seed, levels }: Exact1dConfig, instance: number): Problem {
  return makeProblem(instance, levels, Key.from(seed).fold(PROBLEMS));
}

export function rewardOf(
  { seed }: Exact1dConfig,
  { instance, reward }: { instance: number; reward: RewardName },
  problem: Problem,
): Float64Array {
  return REWARDS[reward].at(problem, Key.from(seed).fold(PAIRS).fold(instance));
}

export function runSweep(
  config: Exact1dConfig,
  trial: { instance: number; reward: RewardName; arm: Arm },
  tick: (part: number) => Promise<void>,
): Promise<Sweep> {
  const problem = problemOf(config, trial.instance);
  const reward = rewardOf(config, trial, problem);
  const weights = levelWeights(trial.arm, problem);
  const divergence = new Divergence(problem, { distance: trial.arm.distance, weights });
  const { levels } = REWARDS[trial.reward];
  const options = { iterations: config.iterations, levels, tick };
  return sweep(problem, { divergence, reward }, options);
}

/**
 * The criterion of the choice of weights: the mean over the levels of n_eff / n_eff(q), recall and
 * the fraction of high quality; 0 at a level that is not reached.
 */
export function standing({ points }: Sweep, reward: RewardName): number {
  const most = points[0]?.effectiveModes ?? 1;
  const { levels } = REWARDS[reward];
  const scores = levels.map((level) => {
    const at = atReward(points, level)?.values;
    if (!at) return 0;
    const { effectiveModes = 0, recall = 0, offManifold = 1 } = at;
    return (effectiveModes / most + recall + 1 - offManifold) / 3;
  });
  return scores.reduce((a, b) => a + b, 0) / scores.length;
}
