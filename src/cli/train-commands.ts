/**
 * `hitofude train …`. Every field of a stage's config is an option; `--config` takes a whole one,
 * such as the config.json of an earlier run, and options given beside it win.
 */
import { join } from "node:path";
import type { Command } from "commander";
import { resolveConfig } from "./config.js";
import { divergenceHelp } from "./divergence-options.js";
import type { AnyFields } from "./field.js";
import { INTERRUPTED } from "./interrupt.js";
import { MODEL_FIELDS } from "./model-config.js";
import { common, configOptions, wholeNumber } from "./options.js";
import { ALIGN, ONE_STEP, REPORT_SCORER, REWARD, type StageConfig, TEACHER } from "./presets.js";
import { checkProfile, profileJson, profileOption, profileText } from "./profiling.js";
import { duration } from "./progress.js";
import type { RunResult } from "./run-loop.js";
import { printJson } from "./session.js";
import { DISTILL_FIELDS, STAGE_FIELDS, TEACHER_FIELDS } from "./stage-fields.js";
import { trainDistill } from "./train-distill.js";
import { trainReportScorer, trainReward } from "./train-scorer.js";
import { type TrainOptions, trainTeacher } from "./train-teacher.js";

interface Stage<C extends StageConfig> {
  readonly preset: C;
  readonly fields: AnyFields;
  /** What is trained, for the help. */
  readonly what: string;
  readonly run: (config: C, options: TrainOptions) => Promise<RunResult>;
}

export function addTrainCommands(root: Command): void {
  const train = root.command("train").description("train a stage of the method");
  const teacher = "the conditional diffusion model";
  const oneStep = "the one-step generator, by score matching";
  const align = "the aligned generator (Diff-Instruct*)";
  const reward = "the text-image scorer that alignment optimises";
  const report = "the classifier that only reports";
  const scorer = { fields: STAGE_FIELDS };
  const distill = { fields: DISTILL_FIELDS, run: trainDistill };
  addStage(train, { preset: TEACHER, fields: TEACHER_FIELDS, what: teacher, run: trainTeacher });
  addStage(train, { preset: ONE_STEP, what: oneStep, ...distill });
  addStage(train, { preset: REWARD, what: reward, ...scorer, run: trainReward });
  addStage(train, { preset: ALIGN, what: align, ...distill });
  addStage(train, { preset: REPORT_SCORER, what: report, ...scorer, run: trainReportScorer });
}

function addStage<C extends StageConfig>(train: Command, stage: Stage<C>): void {
  const { preset, fields, what } = stage;
  const name = preset.stage;
  const command = train
    .command(name)
    .description(`train ${what}`)
    .option("-o, --out <folder>", "the run's folder; a run in it goes on", join("runs", name));
  configOptions(command, preset, fields)
    .option("--save-every <n>", "steps between checkpoints", wholeNumber(1), 100)
    .option("--preview-every <n>", "steps between previews; 0: none", wholeNumber(0), 200);
  profileOption(command, "one step").option(
    "--profile-step <n>",
    "which step of this call --profile measures, at most the last",
    wholeNumber(1),
    3,
  );
  common(command)
    .addHelpText("after", helpAfter(preset))
    .action((options: TrainOptions & Record<string, unknown>) => runStage(stage, options));
}

function helpAfter(preset: StageConfig): string {
  const name = preset.stage;
  const model = `
The network is the field "model" of a config file: change a config.json, give it to --config.`;
  return `
Ctrl-C saves and ends with code 130; the same command goes on where it stopped.${
    "model" in preset ? model : ""
  }${"divergence" in preset ? divergenceHelp() : ""}

Examples:
  hitofude train ${name}
  hitofude train ${name} --steps 50 --out runs/try
  hitofude train ${name} --steps 3 --out runs/timed --profile trace.json
  hitofude train ${name} --config runs/try/config.json --out runs/again`;
}

async function runStage<C extends StageConfig>(
  { preset, fields, run }: Stage<C>,
  options: TrainOptions & Record<string, unknown>,
): Promise<void> {
  const stage = preset.stage;
  const all = { ...MODEL_FIELDS, ...fields };
  const config = resolveConfig({ preset, fields: all, kind: ["stage", stage] }, options);
  checkProfile(options);
  const result = await run(config, options);
  const { profile, ...rest } = result;
  if (options.json) printJson({ stage, ...rest, ...profileJson(profile) });
  else {
    const text = profile ? profileText(profile, `step ${profile.step}`) : "";
    process.stdout.write(`${text}${stage}: ${summary(result, options.out)}\n`);
  }
  if (!result.finished) process.exitCode = INTERRUPTED;
}

function summary({ finished, newSteps, steps, seconds, file }: RunResult, out: string): string {
  if (!finished) return `interrupted, saved in ${out} at step ${steps}; the same command goes on`;
  if (newSteps === 0) return `already finished after ${steps} steps, ${file}`;
  return `finished ${newSteps} steps in ${duration(seconds)}, ${file}`;
}
