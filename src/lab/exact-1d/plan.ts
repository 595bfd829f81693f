/**
 * Which sweeps a run consists of. First, on the published problem: the table's arms on R1 to R3, and
 * both sides of the claim, with every candidate weight, on all rewards. From these each side's weight
 * is chosen, by one criterion. Then the two chosen arms, on problems that the choice has not seen.
 */
import type { Job, Results } from "../experiment.js";
import type { Json } from "../json.js";
import { ALL, type Arm, type Arms, FEW } from "./arms.js";
import type { Exact1dConfig } from "./config.js";
import { REWARD_NAMES, type RewardName } from "./rewards.js";
import type { Sweep } from "./sweep.js";
import { runSweep, standing } from "./trial.js";

export interface Trial {
  readonly instance: number;
  readonly reward: RewardName;
  readonly arm: Arm;
}

export const TABLE_REWARDS: readonly RewardName[] = ["R1", "R2", "R3"];

export function armsOf({ arms }: Exact1dConfig): Arms {
  return arms === "all" ? ALL : FEW;
}

export function idOf({ instance, reward, arm }: Trial): string {
  return `${instance} ${reward} ${arm.id}`;
}

/** The sweep of a finished trial. */
export function sweepOf(results: Results, trial: Trial): Sweep | undefined {
  return results.get(idOf(trial)) as Sweep | undefined;
}

function firstTrials(config: Exact1dConfig): Trial[] {
  const { table, challengers, defenders } = armsOf(config);
  const ofTable = table.flatMap((arm) => TABLE_REWARDS.map((reward) => ({ arm, reward })));
  const ofClaim = [...challengers, ...defenders].flatMap((arm) =>
    REWARD_NAMES.map((reward) => ({ arm, reward })),
  );
  const trials = [...ofTable, ...ofClaim].map((one) => ({ instance: 0, ...one }));
  return [...new Map(trials.map((one) => [idOf(one), one])).values()];
}

/** Problems that the weights were not chosen on. */
export function freshInstances({ instances }: Exact1dConfig): number[] {
  return Array.from({ length: instances }, (_, i) => i + 1);
}

export interface Sides {
  readonly challenger: Arm;
  readonly defender: Arm;
}

/** The weight with the best standing for each side; undefined while trials are missing. */
export function chooseSides(config: Exact1dConfig, results: Results): Sides | undefined {
  if (!firstTrials(config).every((trial) => results.has(idOf(trial)))) return undefined;
  const best = (arms: readonly Arm[]): Arm | undefined => {
    const all = arms.map((arm) => ({ arm, score: scoreOf(arm, results) }));
    return all.sort((a, b) => b.score - a.score)[0]?.arm;
  };
  const { challengers, defenders } = armsOf(config);
  const [challenger, defender] = [best(challengers), best(defenders)];
  return challenger && defender ? { challenger, defender } : undefined;
}

/** An arm's mean standing over the rewards, on the published problem. */
export function scoreOf(arm: Arm, results: Results): number {
  const scores = REWARD_NAMES.map((reward) => {
    const sweep = sweepOf(results, { instance: 0, reward, arm });
    return sweep ? standing(sweep, reward) : 0;
  });
  return scores.reduce((a, b) => a + b, 0) / scores.length;
}

export function jobs(config: Exact1dConfig, results: Results): Job[] {
  const sides = chooseSides(config, results);
  const trials = sides
    ? freshInstances(config).flatMap((instance) =>
        REWARD_NAMES.flatMap((reward) =>
          [sides.challenger, sides.defender].map((arm) => ({ instance, reward, arm })),
        ),
      )
    : firstTrials(config);
  return trials.map((trial) => ({
    id: idOf(trial),
    run: async ({ tick }): Promise<Json> => ({ ...(await runSweep(config, trial, tick)) }),
  }));
}

export function total(config: Exact1dConfig): number {
  return firstTrials(config).length + 2 * REWARD_NAMES.length * config.instances;
}
