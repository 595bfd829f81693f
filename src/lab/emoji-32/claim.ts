/**
 * The claim, by the rule of verdict.ts, on the seeds that did not choose the weightings: n_eff is
 * `vendi`, recall is `recall`, high quality is `quality` (measure.ts says what these are). There are
 * two rewards here, the proxies, where the rule counts three of five: it is verified when both are,
 * refuted when both are, else not shown.
 */
import { Key } from "../../tensor/key.js";
import type { Results } from "../experiment.js";
import { judgeReward, type RewardVerdict, type Verdict } from "../verdict.js";
import { LEVELS, reached, type Sides } from "./compare.js";
import type { Emoji32Config } from "./config.js";
import { PROXY_NAMES, type ProxyName } from "./pairs.js";
import { STREAM } from "./workshop.js";

export interface Claim {
  readonly verdict: Verdict;
  /** One for each proxy. */
  readonly rewards: readonly RewardVerdict[];
}

/** After `length` steps. */
export function judge(
  config: Emoji32Config,
  results: Results,
  sides: Sides,
  length = config.steps,
): Claim {
  const key = Key.from(config.seed).fold(STREAM.bootstrap);
  const rewards = PROXY_NAMES.map((proxy) =>
    judgeReward(
      { reward: proxy, levels: differences(config, results, { sides, proxy, length }) },
      { key },
    ),
  );
  const all = (verdict: Verdict): boolean => rewards.every((one) => one.verdict === verdict);
  const verdict = all("verified") ? "verified" : all("refuted") ? "refuted" : "not shown";
  return { verdict, rewards };
}

interface Question {
  readonly sides: Sides;
  readonly proxy: ProxyName;
  readonly length: number;
}

function differences(config: Emoji32Config, results: Results, question: Question) {
  const { sides, proxy, length } = question;
  return LEVELS.map((level) => {
    const pairs = Array.from({ length: config.seeds }, (_, i) => {
      const [a, b] = [sides.challenger, sides.defender].map(
        (arm) => reached(config, results, { seed: i + 1, arm, proxy }, { level, length })?.values,
      );
      return a && b ? ([a, b] as const) : undefined;
    });
    // Every seed, or none: those that one side fails on are not like the others.
    const all = pairs.every((pair) => pair !== undefined) ? pairs : [];
    const of = (measure: string): number[] =>
      all.map(([a, b]) => (a[measure] ?? Number.NaN) - (b[measure] ?? Number.NaN));
    return { level, effectiveModes: of("vendi"), recall: of("recall"), quality: of("quality") };
  });
}
