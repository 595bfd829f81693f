/** The options of `hitofude evaluate`. */
import type { Command } from "commander";
import { resolveConfig } from "./config.js";
import { type EvaluateConfig, type EvaluateOptions, evaluate } from "./evaluate.js";
import { count, type Fields } from "./field.js";
import { common, configOptions } from "./options.js";
import { SEED } from "./stage-fields.js";

const PRESET: EvaluateConfig = {
  models: ["teacher", "one-step", "aligned"],
  reward: "reward",
  reportScorer: "report-scorer",
  prompts: 64,
  samples: 4,
  seed: 1,
  teacherSteps: 12,
  guidance: 1,
};

const FIELDS: Fields<EvaluateConfig> = {
  models: { what: "models of the repository, or files, one row each", value: "files" },
  reward: { what: "the reward: reward (the repository's) or a file", value: "file" },
  reportScorer: { what: "the scorer that only reports: the repository's or a file", value: "file" },
  prompts: count("prompts of each split, seen and held out"),
  samples: count("pictures for each prompt"),
  seed: { ...SEED, what: "seed of prompts and noise" },
  teacherSteps: count("Heun steps of a teacher", 2),
  guidance: { what: "strength of a teacher's guidance, α_cfg; 0 = none", min: 0 },
};

export function addEvaluate(root: Command): void {
  const command = root
    .command("evaluate")
    .description("regenerate the results table: teacher, one step, aligned")
    .option("-o, --out <folder>", "where to write table, grids and config", "runs/evaluate");
  common(configOptions(command, PRESET, FIELDS))
    .addHelpText(
      "after",
      `
Examples:
  hitofude evaluate
  hitofude evaluate --models aligned runs/align/model.safetensors --prompts 16 --json
  hitofude evaluate --config runs/evaluate/config.json --seed 2 --out runs/again`,
    )
    .action((options: EvaluateOptions & Record<string, unknown>) => {
      const source = { preset: PRESET, fields: FIELDS, kind: ["command", "evaluate"] } as const;
      return evaluate(resolveConfig(source, options), options);
    });
}
