/** What the fields of the stages' configs mean; presets.ts gives their values. */
import { timeDistributions } from "../diffusion/index.js";
import { divergences, weightings } from "../divergences/index.js";
import { count, type Field, type Fields } from "./field.js";
import type { DistillConfig, StageConfig, TeacherConfig } from "./presets.js";

export const SEED: Field = {
  what: "seed of everything random; the same seed gives the same result",
  whole: true,
  min: 0,
  max: 2 ** 32 - 1,
  value: "n",
};
const DECAY = { min: 0, below: 1 } as const;
const POSITIVE = { above: 0 } as const;

export const STAGE_FIELDS: Fields<Omit<StageConfig, "stage">> = {
  seed: SEED,
  steps: count("optimiser steps of the whole run"),
  batch: count("pictures in each step"),
  lr: { what: "AdamW's largest learning rate", ...POSITIVE },
};

const EMA: Field = {
  what: "decay, per step, of the average of the weights that is kept",
  ...DECAY,
};
const P_MEAN: Field = { what: "mean of ln σ of the noise levels trained on" };
const P_STD: Field = { what: "standard deviation of ln σ of the noise levels trained on", min: 0 };

export const TEACHER_FIELDS: Fields<Omit<TeacherConfig, "stage" | "model">> = {
  ...STAGE_FIELDS,
  warmup: count("steps over which the learning rate rises", 0),
  decay: count("steps over which it falls again; a run may end before"),
  ema: EMA,
  P_mean: P_MEAN,
  P_std: P_STD,
  dropout: { what: "probability with which a caption is dropped", min: 0, max: 1 },
};

export const DISTILL_FIELDS: Fields<Omit<DistillConfig, "stage">> = {
  ...STAGE_FIELDS,
  steps: count("generator steps of the whole run"),
  lr: { what: "learning rate of the generator", ...POSITIVE },
  teacher: { what: "the reference diffusion: teacher (the repository's) or a file", value: "file" },
  from: { what: "what the generator starts from: a stage or a file", value: "file" },
  reward: { what: "the reward: reward (the repository's) or a file", value: "file" },
  divergence: { what: "distance of the scores", choices: Object.keys(divergences) },
  divergence_option: {
    what: "an option of the divergence, such as c=0.1; may be repeated; wins over the next two",
    value: "name=value",
    repeated: true,
  },
  c_per_element: {
    what: "c / √D of pseudo-huber and power, where pixels go from -1 to 1",
    ...POSITIVE,
  },
  alpha: { what: "SiD's α" },
  weighting: { what: "weight w(σ) of the divergence", choices: Object.keys(weightings) },
  time_distribution: {
    what: "generator: how noise levels are drawn between the smallest and the largest",
    choices: Object.keys(timeDistributions),
  },
  guidance: {
    what: "where guidance enters: the score (in) or the loss (out)",
    choices: ["in", "out"],
  },
  alpha_cfg: { what: "strength of guidance; 0 = none", min: 0 },
  alpha_rew: { what: "weight of the reward; 0 = none", min: 0 },
  tilt: { what: "the reward tilts the reference, and is no term of the loss" },
  K_TA: count("assistant steps for each generator step"),
  warmup: count("assistant steps before the first generator step", 0),
  lr_psi: { what: "learning rate of the assistant", ...POSITIVE },
  ema: EMA,
  P_mean: { ...P_MEAN, what: `assistant: ${P_MEAN.what}` },
  P_std: { ...P_STD, what: `assistant: ${P_STD.what}` },
  sigma_low: {
    what: "generator: smallest noise level σ, where pixels go from -1 to 1",
    ...POSITIVE,
  },
  sigma_high: {
    what: "generator: largest noise level σ, where pixels go from -1 to 1",
    ...POSITIVE,
  },
};
