/** Finished jobs by what they are, and all their numbers as tidy rows. */
import type { Results } from "../experiment.js";
import type { Start, Trained, Trial } from "./align.js";
import { type Arm, armsOf, strengthsOf } from "./arms.js";
import type { Emoji32Config } from "./config.js";
import { PROXY_NAMES, type ProxyName } from "./pairs.js";
import type { ProxyResults } from "./proxy-job.js";

export const PROXIES_ID = "proxies";

export function trialId({ seed, arm, proxy, strength }: Trial): string {
  return `${seed} ${arm.id} ${proxy ? `${proxy} ×${strength}` : "none"}`;
}

export function startId(seed: number): string {
  return `${seed} start`;
}

export function trainedOf(results: Results, trial: Trial): Trained | undefined {
  return results.get(trialId(trial)) as unknown as Trained | undefined;
}

export function startOf(results: Results, seed: number): Start | undefined {
  return results.get(startId(seed)) as unknown as Start | undefined;
}

/** Undefined until they are trained. */
export function proxiesOf(results: Results): ProxyResults | undefined {
  return results.get(PROXIES_ID) as unknown as ProxyResults | undefined;
}

export interface Curve {
  readonly seed: number;
  readonly arm: Arm;
  readonly proxy: ProxyName;
}

/** An arm's trials with one proxy on one seed, from no reward to the strongest. */
export function trialsOf(config: Emoji32Config, { seed, arm, proxy }: Curve): Trial[] {
  const strong = strengthsOf(config).map((strength) => ({ seed, arm, proxy, strength }));
  return [{ seed, arm, strength: 0 }, ...strong];
}

/** One measurement, flat: what a notebook opens. */
export type Row = Readonly<Record<string, string | number | null>>;

export function rowsOf(config: Emoji32Config, results: Results): Row[] {
  const rows: Row[] = [];
  const seeds = Array.from({ length: config.seeds + 1 }, (_, seed) => seed);
  for (const seed of seeds) {
    const start = startOf(results, seed);
    if (start) rows.push({ seed, arm: "start", step: 0, ...start.measures });
    for (const arm of armsOf(config)) {
      for (const trial of allTrials(config, seed, arm)) rows.push(...trialRows(results, trial));
    }
  }
  return rows;
}

function allTrials(config: Emoji32Config, seed: number, arm: Arm): Trial[] {
  const all = PROXY_NAMES.flatMap((proxy) => trialsOf(config, { seed, arm, proxy }));
  return [...new Map(all.map((trial) => [trialId(trial), trial])).values()];
}

function trialRows(results: Results, trial: Trial): Row[] {
  const { points = [], alpha_rew = 0 } = trainedOf(results, trial) ?? {};
  const { seed, arm, proxy = null, strength } = trial;
  const { divergence } = arm;
  const about = { seed, arm: arm.id, divergence, weighting: arm.weighting.name, proxy, strength };
  return points.map(({ step, measures }) => ({ ...about, alpha_rew, step, ...measures }));
}
