/**
 * Five kinds of reward, z = (x − μ_k) / σ_k to the nearest mode k, and the levels of E[r] at which
 * arms are compared.
 *
 *     R1 mode-selective   x / 6
 *     R2 style            tanh z: one side of every mode
 *     R3 spike            exp(−(x − μ_3 − 0.6)² / (2 · 0.2²)): a narrow bonus in one mode
 *     R4 off-manifold     1 − exp(−z² / (2 · 3²)): grows outside of the modes
 *     R5 learned          fitted to 500 noisy comparisons (learned-reward.ts)
 */
import type { Key } from "../../tensor/key.js";
import { type Mode, nearestMode } from "../metrics/index.js";
import { learnedReward } from "./learned-reward.js";

export const REWARD_NAMES = ["R1", "R2", "R3", "R4", "R5"] as const;
export type RewardName = (typeof REWARD_NAMES)[number];

/** What a reward may look at. */
export interface RewardInput {
  readonly points: Float64Array;
  readonly masses: Float64Array;
  readonly modes: readonly Mode[];
}

export interface Reward {
  readonly what: string;
  readonly at: (input: RewardInput, key: Key) => Float64Array;
  /** Five levels of E[r]. */
  readonly levels: readonly number[];
}

const SPIKE = { offset: 0.6, width: 0.2 } as const;

export const REWARDS: Readonly<Record<RewardName, Reward>> = {
  R1: {
    what: "mode-selective, x / 6",
    at: ({ points }) => points.map((x) => x / 6),
    levels: [0.2, 0.35, 0.5, 0.6, 0.7],
  },
  R2: {
    what: "style within modes, tanh z",
    at: ({ points, modes }) => points.map((x) => Math.tanh(nearestMode(x, modes).z)),
    levels: [0.2, 0.35, 0.5, 0.6, 0.7],
  },
  R3: {
    what: "narrow spike in one mode",
    at: ({ points, modes }) =>
      points.map((x) => {
        const z = (x - (modes[2]?.centre ?? 0) - SPIKE.offset) / SPIKE.width;
        return Math.exp(-(z * z) / 2);
      }),
    levels: [0.15, 0.3, 0.4, 0.5, 0.6],
  },
  R4: {
    what: "bonus outside of the modes",
    at: ({ points, modes }) =>
      points.map((x) => 1 - Math.exp(-(nearestMode(x, modes).z ** 2) / 18)),
    levels: [0.1, 0.15, 0.2, 0.25, 0.3],
  },
  R5: {
    what: "learned from 500 noisy comparisons",
    at: learnedReward,
    levels: [0.2, 0.4, 0.6, 0.8, 1],
  },
};
