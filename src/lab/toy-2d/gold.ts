/**
 * The gold of a learned reward: the hidden utility u* that its comparisons follow. Training never sees
 * it; a report sets it beside the reward. Both have mean 0 and standard deviation 1 on the reference
 * (the reward on the pairs' points, u* exactly), so what the reward has more is what it was fooled by.
 */
import type { Cloud, Grid } from "./measures.js";
import type { Point } from "./mixture.js";
import { problemNamed } from "./problem.js";
import { REWARDS, type RewardName } from "./rewards.js";

/** The mean gold of a cloud; undefined where the reward is its own gold. */
export type Gold = (cloud: Cloud) => number;

export function goldOf(problem: string, reward: RewardName, grid: Grid): Gold | undefined {
  const utility = REWARDS[reward].gold?.(problemNamed(problem));
  if (!utility) return undefined;
  const reference = { points: grid.points(), masses: grid.exact() };
  const mean = average(utility, reference);
  const deviation = Math.sqrt(average((at) => (utility(at) - mean) ** 2, reference));
  return (cloud) => (average(utility, cloud) - mean) / deviation;
}

function average(value: (point: Point) => number, { points, masses }: Cloud): number {
  let sum = 0;
  for (let i = 0; i < masses.length; i++) {
    sum += (masses[i] ?? 0) * value([points[2 * i] ?? 0, points[2 * i + 1] ?? 0]);
  }
  return sum;
}
