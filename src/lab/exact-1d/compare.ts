/**
 * Our table beside the published one. Two numbers agree when they differ by at most 0.05, or by 5 %
 * of the published one: both tables were interpolated, and neither's iterations had quite ended.
 */
import type { Results } from "../experiment.js";
import { atReward, type CurvePoint } from "../statistics/index.js";
import type { Exact1dConfig } from "./config.js";
import { softmax } from "./flow.js";
import { armsOf, sweepOf } from "./plan.js";
import type { Problem } from "./problem.js";
import { BOUND, type Cell, COLUMNS, publishedCell } from "./published.js";
import { REWARDS, type RewardName } from "./rewards.js";
import { measure } from "./sweep.js";
import { problemOf, rewardOf } from "./trial.js";

export interface Comparison {
  readonly arm: string;
  readonly reward: RewardName;
  readonly level: number;
  /** Undefined where the arm does not reach the level. */
  readonly ours?: Cell & { readonly offManifold: number; readonly residual: number };
  readonly gap?: number;
  readonly published?: Cell;
  /** Of the three numbers, those that differ; undefined where there is nothing to compare. */
  readonly differs?: readonly (keyof Cell)[];
}

const NAMES = ["effectiveModes", "entropy", "kl"] as const;
const TOLERANCE = { absolute: 0.05, relative: 0.05 } as const;
/** Neighbours further apart than this in reward straddle a cliff. */
export const CLIFF = 0.25;

export function compare(config: Exact1dConfig, results: Results): Comparison[] {
  const problem = problemOf(config, 0);
  const bound = COLUMNS.map((column, i) => {
    const reward = rewardOf(config, { instance: 0, reward: column.reward }, problem);
    return compareOne(BOUND, i, optimalCurve(problem, reward));
  });
  const { table } = armsOf(config);
  const rows = table.flatMap((arm) =>
    COLUMNS.map(({ reward }, i) => {
      const sweep = sweepOf(results, { instance: 0, reward, arm });
      return compareOne(arm.id, i, sweep?.points ?? []);
    }),
  );
  return [...bound, ...rows];
}

/** The closed form p ∝ q e^{α r}, on steps of α that make interpolation exact to three digits. */
export function optimalCurve(problem: Problem, reward: Float64Array): CurvePoint[] {
  return Array.from({ length: 151 }, (_, n) => {
    const alpha = n / 15;
    const logits = problem.masses.map((q, i) => Math.log(q) + alpha * (reward[i] ?? 0));
    return { ...measure(problem, softmax(logits), reward), alpha, residual: 0 };
  });
}

function compareOne(arm: string, column: number, curve: readonly CurvePoint[]): Comparison {
  const { reward, level } = COLUMNS[column] ?? { reward: "R1", level: 0 };
  const published = publishedCell(arm, column);
  const found = atReward(curve, level);
  const theirs = published ? { published } : {};
  if (!found) return { arm, reward, level, ...theirs };
  const ours = cellOf(found.values);
  const differs = published
    ? { differs: NAMES.filter((name) => !agrees(ours[name], published[name])) }
    : {};
  return { arm, reward, level, ours, gap: found.gap, ...theirs, ...differs };
}

function cellOf(values: Readonly<Record<string, number>>): NonNullable<Comparison["ours"]> {
  const { effectiveModes = 0, entropy = 0, kl = 0, offManifold = 0, residual = 0 } = values;
  return { effectiveModes, entropy, kl, offManifold, residual };
}

function agrees(ours: number, published: number): boolean {
  const { absolute, relative } = TOLERANCE;
  return Math.abs(ours - published) <= Math.max(absolute, relative * Math.abs(published));
}

/** What the published table was read to say, and whether ours says it too. */
export interface Reading {
  readonly claim: string;
  readonly holds: boolean | undefined;
  readonly evidence: string;
}

export function readings(rows: readonly Comparison[]): Reading[] {
  const at = (arm: string, reward: RewardName, level: number): Comparison["ours"] =>
    rows.find((row) => row.arm === arm && row.reward === reward && row.level === level)?.ours;
  const ikl = [...new Set(rows.map(({ arm }) => arm))].filter((arm) => arm.startsWith("IKL"));
  const score = "SIM-L2 w=σ²";
  const higher = COLUMNS.filter(({ reward }) => reward !== "R1").map(({ reward, level }) => {
    const mine = at(score, reward, level)?.entropy;
    const others = ikl.map((arm) => at(arm, reward, level)?.entropy ?? Number.NaN);
    return { mine, best: Math.max(...others), where: `${reward} at ${level}` };
  });
  const known = higher.every(({ mine, best }) => mine !== undefined && Number.isFinite(best));
  const blind = at("SIM-L2 w=1", "R3", 0.3)?.effectiveModes;
  const leak = ["PH c=0.5 w=σ²", "PH c=0.05 w=σ²"].map((arm) => at(arm, "R2", 0.5)?.offManifold);
  const style = at(score, "R2", 0.5)?.offManifold;
  return [
    {
      claim: "L2 with w = σ² keeps more entropy than every integral KL, on R2 and R3",
      holds: known ? higher.every(({ mine = 0, best }) => mine > best) : undefined,
      evidence: higher
        .map(({ mine, best, where }) => `${where}: ${show(mine)} against ${show(best)}`)
        .join("; "),
    },
    {
      claim: "L2 with w = 1 is blind to mode weights: modes are lost under a spike",
      holds: blind === undefined ? undefined : blind < 2,
      evidence: `n_eff of R3 at 0.3: ${show(blind)} of 4`,
    },
    {
      claim: "Pseudo-Huber leaks off the manifold under a reward that acts everywhere",
      holds: leaks(leak, style),
      evidence: `mass of R2 at 0.5: ${leak.map(show).join(", ")}; L2 with w = σ²: ${show(style)}`,
    },
  ];
}

/** At least thrice what L2 leaks; undefined unless all were measured. */
function leaks(
  masses: readonly (number | undefined)[],
  l2: number | undefined,
): boolean | undefined {
  if (l2 === undefined || masses.includes(undefined)) return undefined;
  return masses.every((mass = 0) => mass > 3 * l2);
}

function show(value: number | undefined): string {
  return value === undefined || !Number.isFinite(value) ? "–" : number(value, 3);
}

/** With a true minus sign. */
export function number(value: number, digits: number): string {
  return value.toFixed(digits).replace("-", "−");
}

/** Arms whose curve jumps over a part of the rewards that the table asks about. */
export function cliffs(config: Exact1dConfig, results: Results): string[] {
  return armsOf(config).table.flatMap((arm) =>
    [...new Set(COLUMNS.map(({ reward }) => reward))].flatMap((reward) => {
      const points = sweepOf(results, { instance: 0, reward, arm })?.points ?? [];
      const top = Math.max(...REWARDS[reward].levels);
      const jumps = points.slice(1).flatMap((point, i) => {
        const before = points[i];
        if (!before || before.reward > top || point.reward - before.reward < CLIFF) return [];
        const from = before.reward.toFixed(2);
        const between = `${before.alpha.toFixed(2)} and ${point.alpha.toFixed(2)}`;
        return [
          `${arm.id}, ${reward}: ${from} to ${point.reward.toFixed(2)}, α between ${between}`,
        ];
      });
      return jumps;
    }),
  );
}
