/** What decides a run of emoji-32. */
import type { ConfigField } from "../experiment.js";

export interface Emoji32Config {
  /** "divergence:weighting", joined by commas; names of the registries. */
  readonly arms: string;
  /** The two sides of the claim: divergences of `arms`. */
  readonly challenger: string;
  readonly defender: string;
  /** How strong the reward is, in units of the divergence's own force; joined by commas. */
  readonly strengths: string;
  /** Seeds that the claim is judged on, besides the first, on which weightings are chosen. */
  readonly seeds: number;
  readonly steps: number;
  readonly checkpoints: number;
  readonly batch: number;
  readonly lr: number;
  readonly lr_psi: number;
  readonly K_TA: number;
  readonly warmup: number;
  readonly alpha_cfg: number;
  readonly captions: number;
  readonly proxy_steps: number;
  readonly prompts: number;
  readonly samples: number;
  readonly seed: number;
}

export const FULL: Emoji32Config = {
  arms: "pseudo-huber:x0,pseudo-huber:sid,kl:x0,kl:sid",
  challenger: "pseudo-huber",
  defender: "kl",
  strengths: "1,4",
  seeds: 3,
  steps: 16,
  checkpoints: 4,
  batch: 8,
  lr: 5e-4,
  lr_psi: 5e-4,
  K_TA: 1,
  warmup: 4,
  alpha_cfg: 1,
  captions: 500,
  proxy_steps: 400,
  prompts: 16,
  samples: 8,
  seed: 1,
};

export const QUICK: Emoji32Config = {
  ...FULL,
  arms: "pseudo-huber:x0,kl:x0",
  strengths: "4",
  seeds: 2,
  steps: 6,
  checkpoints: 2,
  batch: 4,
  captions: 60,
  proxy_steps: 120,
  prompts: 8,
  samples: 4,
};

const count = (what: string, min = 1): ConfigField => ({ what, whole: true, min, value: "n" });

export const FIELDS: { readonly [K in keyof Emoji32Config]: ConfigField } = {
  arms: { what: "divergence:weighting, joined by commas", value: "list" },
  challenger: { what: "the divergence that the claim is for", value: "name" },
  defender: { what: "the divergence that it is compared with", value: "name" },
  strengths: {
    what: "strengths of the reward against the divergence's own force, joined by commas",
    value: "list",
  },
  seeds: count("seeds that the claim is judged on, besides the one that chooses weightings", 0),
  steps: count("generator steps of each arm"),
  checkpoints: count("how often an arm is measured, evenly over its steps"),
  batch: count("pictures in each step"),
  lr: { what: "learning rate of the generator", min: 0 },
  lr_psi: { what: "learning rate of the assistant", min: 0 },
  K_TA: count("assistant steps for each generator step"),
  warmup: count("assistant steps before the first generator step", 0),
  alpha_cfg: { what: "strength of guidance in the reference; 0 = none", min: 0 },
  captions: count("captions of which the proxies see noisy pairs, four pictures each", 5),
  proxy_steps: count("optimiser steps of each proxy"),
  prompts: count("prompts that arms are measured on", 2),
  samples: count("pictures of each prompt", 2),
  seed: {
    what: "seed of everything random",
    whole: true,
    min: 0,
    max: 2 ** 32 - 1,
    value: "n",
  },
};
