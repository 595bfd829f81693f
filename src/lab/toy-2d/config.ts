/** What decides a run of toy-2d. */
import { timeDistributions } from "../../diffusion/time-distributions.js";
import { UsageError } from "../../errors.js";
import type { ConfigField } from "../experiment.js";
import { PROBLEMS } from "./problem.js";
import { REWARD_NAMES, type RewardName } from "./rewards.js";

export interface Toy2dConfig {
  readonly problem: string;
  readonly rewards: string;
  readonly arms: string;
  readonly alphas: number;
  readonly seeds: number;
  readonly steps: number;
  readonly distil_steps: number;
  readonly batch: number;
  readonly hidden: number;
  readonly layers: number;
  readonly ta_steps: number;
  readonly lr: number;
  readonly times: string;
  readonly samples: number;
  readonly seed: number;
}

export const FULL: Toy2dConfig = {
  problem: "ring",
  rewards: "R2",
  arms: "all",
  alphas: 8,
  seeds: 3,
  steps: 400,
  distil_steps: 4000,
  batch: 64,
  hidden: 48,
  layers: 2,
  ta_steps: 1,
  lr: 0.001,
  times: "log-uniform",
  samples: 2000,
  seed: 1,
};

export const QUICK: Toy2dConfig = {
  ...FULL,
  arms: "few",
  alphas: 5,
  seeds: 2,
  steps: 120,
  distil_steps: 1000,
  hidden: 32,
  samples: 1000,
};

const whole = (what: string, min: number, max: number): ConfigField => ({
  what,
  whole: true,
  min,
  max,
  value: "n",
});

export const FIELDS: { readonly [K in keyof Toy2dConfig]: ConfigField } = {
  problem: { what: "the reference", choices: Object.keys(PROBLEMS) },
  rewards: { what: 'rewards of R1 to R5, joined by commas, or "all"', value: "list" },
  arms: {
    what: 'arms, joined by commas, such as pseudo-huber:c=0.1@x0,kl@score; "all" or "few"',
    value: "list",
  },
  alphas: whole("how many α_rew, evenly spaced in the logarithm", 2, 64),
  seeds: whole("generators of each arm and α, paired between arms", 1, 100),
  steps: whole("steps of each arm", 1, 1_000_000),
  distil_steps: whole("steps of distilling the teacher into the generators", 1, 1_000_000),
  batch: whole("samples of each generator in a step", 2, 65_536),
  hidden: whole("width of the networks", 1, 4096),
  layers: whole("hidden layers of the networks", 1, 16),
  ta_steps: whole("K_TA: steps of the assistant for one of the generator", 1, 100),
  lr: { what: "the generators' learning rate; the assistants' is six times that", min: 0, max: 1 },
  times: { what: "noise levels", choices: Object.keys(timeDistributions) },
  samples: whole("samples that each generator is measured on", 100, 1_000_000),
  seed: whole("seed of everything", 0, 2 ** 32 - 1),
};

/** @throws UsageError for a name that is none of R1 to R5. */
export function rewardsOf({ rewards }: Toy2dConfig): RewardName[] {
  if (rewards === "all") return [...REWARD_NAMES];
  const names = rewards.split(",").map((name) => name.trim());
  return [...new Set(names)].map((name) => {
    const known = REWARD_NAMES.find((one) => one === name);
    if (known) return known;
    throw new UsageError(
      `There is no reward "${name}". Known: ${REWARD_NAMES.join(", ")}; or all of them: all.`,
    );
  });
}
