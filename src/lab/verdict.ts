/**
 * The verdict on the claim "a score-based divergence keeps more diversity than KL", as a rule that
 * was fixed before any run. A is the challenger, B what it is compared with; their differences A − B
 * are taken at equal reward, one for each seed.
 *
 *     level   won  when n_eff and recall are both higher: the 95 % interval of the mean difference
 *                  excludes 0 and Holm's p̃ is below 0.05, and the fraction of high quality is not
 *                  lower by more than 0.02
 *             lost when n_eff and recall are both lower, by the same intervals
 *     reward  verified: won at 3 or more of 5 levels; refuted: lost at 3 or more
 *     claim   verified: 3 or more of 5 rewards; refuted: 3 or more; otherwise not shown
 *
 * Holm corrects over the comparisons of one reward. A level that an arm does not reach does not count.
 */
import type { Key } from "../tensor/key.js";
import { holm, type Interval, PairedBootstrap } from "./statistics/index.js";

export type Verdict = "verified" | "refuted" | "not shown";

export const RULE = { levels: 3, rewards: 3, quality: 0.02, confidence: 0.95 } as const;

/** Differences A − B at one level of reward, one for each seed; empty where an arm is not there. */
export interface LevelDifferences {
  readonly level: number;
  readonly effectiveModes: readonly number[];
  readonly recall: readonly number[];
  readonly quality: readonly number[];
}

export interface RewardDifferences {
  readonly reward: string;
  readonly levels: readonly LevelDifferences[];
}

export interface LevelVerdict {
  readonly level: number;
  readonly outcome: "won" | "lost" | "open" | "not reached";
  readonly effectiveModes?: Interval;
  readonly recall?: Interval;
  /** Mean difference of the fraction of high quality. */
  readonly quality?: number;
  /** Holm's p̃ of n_eff and of recall. */
  readonly adjusted?: readonly [number, number];
}

export interface RewardVerdict {
  readonly reward: string;
  readonly verdict: Verdict;
  readonly levels: readonly LevelVerdict[];
}

export interface ClaimVerdict {
  readonly verdict: Verdict;
  readonly rewards: readonly RewardVerdict[];
}

export interface JudgeOptions {
  readonly key: Key;
  readonly resamples?: number;
}

export function judgeClaim(
  evidence: readonly RewardDifferences[],
  options: JudgeOptions,
): ClaimVerdict {
  const rewards = evidence.map((one) => judgeReward(one, options));
  const verdict = majority(
    rewards.map((one) => one.verdict),
    ["verified", "refuted"],
    RULE.rewards,
  );
  return { verdict, rewards };
}

export function judgeReward(
  { reward, levels }: RewardDifferences,
  { key, resamples = 10_000 }: JudgeOptions,
): RewardVerdict {
  const bootstraps = new Map<number, PairedBootstrap>();
  const interval = (differences: readonly number[]): Interval => {
    const n = differences.length;
    const options = { key, resamples, confidence: RULE.confidence };
    const known = bootstraps.get(n) ?? new PairedBootstrap(n, options);
    bootstraps.set(n, known);
    return known.interval(differences);
  };
  const measured = levels.map((one) => {
    // An interval needs two seeds.
    if (one.effectiveModes.length < 2) return { level: one.level };
    return {
      level: one.level,
      effectiveModes: interval(one.effectiveModes),
      recall: interval(one.recall),
      quality: mean(one.quality),
    };
  });
  const judged = judgeLevels(measured);
  const outcomes = judged.map(({ outcome }) => outcome);
  const winner = majority(outcomes, ["won", "lost"], RULE.levels);
  const verdict = winner === "won" ? "verified" : winner === "lost" ? "refuted" : winner;
  return { reward, verdict, levels: judged };
}

type Measured = Omit<LevelVerdict, "outcome" | "adjusted">;

function judgeLevels(levels: readonly Measured[]): LevelVerdict[] {
  const adjusted = holm(
    levels.flatMap((one) => [one.effectiveModes, one.recall]).flatMap((i) => (i ? [i.p] : [])),
  );
  let next = 0;
  return levels.map((one) => {
    const { effectiveModes, recall, quality = 0 } = one;
    if (!effectiveModes || !recall) return { ...one, outcome: "not reached" };
    const pair = [adjusted[next] ?? 1, adjusted[next + 1] ?? 1] as const;
    next += 2;
    const significant = pair.every((p) => p < 1 - RULE.confidence);
    const both = [effectiveModes, recall];
    const higher = significant && both.every(({ low }) => low > 0);
    const lower = significant && both.every(({ high }) => high < 0);
    const good = quality >= -RULE.quality;
    const outcome = higher && good ? "won" : lower ? "lost" : "open";
    return { ...one, outcome, adjusted: pair };
  });
}

/** Which of two outcomes reaches `least`; "not shown" when none does. */
function majority<T extends string>(
  outcomes: readonly string[],
  [a, b]: readonly [T, T],
  least: number,
): T | "not shown" {
  const count = (name: string): number => outcomes.filter((one) => one === name).length;
  if (count(a) >= least) return a;
  return count(b) >= least ? b : "not shown";
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
