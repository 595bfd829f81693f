/**
 * Which jobs a run has: the distillation that all arms start from and the bound of each reward, then
 * every arm on every reward. An id says what a job is; how and where it runs does not matter.
 */
import type { Job, Results, Row } from "../experiment.js";
import type { Json } from "../json.js";
import type { CurvePoint } from "../statistics/index.js";
import { type Arm, armsNamed } from "./arm.js";
import { boundCurve } from "./bound.js";
import { rewardsOf, type Toy2dConfig } from "./config.js";
import { distil } from "./distil.js";
import type { Packed } from "./pack.js";
import type { RewardName } from "./rewards.js";
import { runTrial, type Trial, type TrialPoint } from "./trial.js";

const START = "start";

export function idOf(reward: RewardName, arm: Arm): string {
  return `${reward} ${arm.id}`;
}

export function trialOf(results: Results, reward: RewardName, arm: Arm): Trial | undefined {
  return results.get(idOf(reward, arm)) as Trial | undefined;
}

export function boundOf(results: Results, reward: RewardName): readonly CurvePoint[] {
  const found = results.get(`${reward} bound`) as { points: CurvePoint[] } | undefined;
  return found?.points ?? [];
}

/** The points of one seed, in the order of α. */
export function curveOf(trial: Trial | undefined, seed: number): TrialPoint[] {
  const own = (trial?.points ?? []).filter((point) => point.seed === seed);
  return own.sort((a, b) => a.alpha - b.alpha);
}

export function jobs(config: Toy2dConfig, results: Results): Job[] {
  const rewards = rewardsOf(config);
  const arms = armsNamed(config.arms);
  const first: Job[] = [
    {
      id: START,
      run: async ({ tick, bench }): Promise<Json> => distil(await bench.device(), config, tick),
    },
    ...rewards.map((reward) => ({
      id: `${reward} bound`,
      run: async ({ bench }: Parameters<Job["run"]>[0]): Promise<Json> => ({
        points: await boundCurve(await bench.device(), config, reward),
      }),
    })),
  ];
  const start = results.get(START) as Packed | undefined;
  if (!start) return first;
  return [
    ...first,
    ...rewards.flatMap((reward) =>
      arms.map(
        (arm): Job => ({
          id: idOf(reward, arm),
          run: async ({ tick, bench }): Promise<Json> => {
            const device = await bench.device();
            return { ...(await runTrial(device, { config, arm, reward, start, tick })) };
          },
        }),
      ),
    ),
  ];
}

export function total(config: Toy2dConfig): number {
  const rewards = rewardsOf(config).length;
  return 1 + rewards * (1 + armsNamed(config.arms).length);
}

/** A trial's measures as a table's rows: one for each α and seed. Other jobs have none. */
export function rows(_: Toy2dConfig, id: string, result: Json): Row[] {
  const [rewardName = "", arm = ""] = id.split(" ", 2);
  if (arm === "") return [];
  const { points = [] } = result as { points?: readonly Row[] };
  return points.map((point) => ({ rewardName, arm, ...point }));
}
