/**
 * Which sweeps a run consists of. First, on the published problem: the table's arms on R1 to R3, and
 * both sides of the claim, with every candidate weight, on all rewards. From these each side's weight
 * is chosen, by one criterion. Then the two chosen arms, on problems that the choice has not seen.
 */
import type { Job, Results, Row } from "../experiment.js";
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
  return trials.map((trial) => jobOf(config, trial));
}

function jobOf(config: Exact1dConfig, trial: Trial): Job {
  return {
    id: idOf(trial),
    run: async ({ tick }): Promise<Json> => ({ ...(await runSweep(config, trial, tick)) }),
  };
}

/** The job of an id, whether it is known yet or not. */
export function job(config: Exact1dConfig, id: string): Job | undefined {
  const trial = trialOf(config, id);
  return trial ? jobOf(config, trial) : undefined;
}

/** The trial that `idOf` gave the id; undefined where the config has none such. */
function trialOf(config: Exact1dConfig, id: string): Trial | undefined {
  const { table, challengers, defenders } = armsOf(config);
  const arms = [...table, ...challengers, ...defenders];
  const instance = [0, ...freshInstances(config)].find((n) => id.startsWith(`${n} `)) ?? 0;
  const trials = REWARD_NAMES.flatMap((reward) => arms.map((arm) => ({ instance, reward, arm })));
  return trials.find((trial) => idOf(trial) === id);
}

/** A finished trial as a table: one row for each α, in the order of the curve. */
export function rows(config: Exact1dConfig, id: string, result: Json): Row[] {
  const trial = trialOf(config, id);
  if (!trial) return [];
  const { instance, reward: rewardName, arm } = trial;
  const { points } = result as unknown as Sweep;
  return points.map(({ alpha, ...measures }, point) => ({
    instance,
    rewardName,
    arm: arm.id,
    family: arm.family,
    weighting: arm.weighting.name,
    point,
    alpha,
    ...measures,
  }));
}

export function total(config: Exact1dConfig): number {
  return firstTrials(config).length + 2 * REWARD_NAMES.length * config.instances;
}
