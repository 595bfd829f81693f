/**
 * `hitofude train …`. Every field of a stage's config is an option; `--config` takes a whole one,
 * such as the config.json of an earlier run, and options given beside it win.
 */
import { join } from "node:path";
import { Command, Option } from "commander";
import { UsageError } from "../errors.js";
import { readJson } from "../io/node-files.js";
import { INTERRUPTED } from "./interrupt.js";
import { ALIGN, ONE_STEP, REPORT_SCORER, REWARD, type StageConfig, TEACHER } from "./presets.js";
import { common, integer } from "./program.js";
import type { RunResult } from "./run-loop.js";
import { duration } from "./progress.js";
import { printJson } from "./session.js";
import { trainDistill } from "./train-distill.js";
import { trainScorer } from "./train-scorer.js";
import { trainTeacher } from "./train-teacher.js";

type Runner<C> = (config: C, options: never) => Promise<RunResult>;

export function addTrainCommands(root: Command): void {
  const train = root.command("train").description("train a stage of the method");
  addStage(train, TEACHER, "the conditional diffusion model", trainTeacher);
  addStage(train, REWARD, "the text-image scorer that alignment optimises", trainScorer);
  addStage(train, REPORT_SCORER, "the classifier that only reports", trainScorer);
  const oneStep = addStage(train, ONE_STEP, "the one-step generator, by score matching", trainDistill);
  const align = addStage(train, ALIGN, "the aligned generator (Diff-Instruct*)", trainDistill);
  for (const command of [oneStep, align]) {
    command
      .option("--teacher <file>", "the reference diffusion (default: the repository's)")
      .option("--from <file>", "what the generator starts from");
  }
  align.option("--reward <file>", "the reward (default: the repository's)");
  for (const command of train.commands) command.copyInheritedSettings(root);
}

function addStage<C extends StageConfig>(
  train: Command,
  preset: C,
  description: string,
  run: Runner<C>,
): Command {
  const command = common(train.command(preset.stage))
    .description(`train ${description}`)
    .option("-o, --out <folder>", "the run's folder; a run in it goes on", join("runs", preset.stage))
    .option("--config <file>", "a config.json to start from")
    .option("--save-every <n>", "steps between checkpoints", integer(1), 100)
    .option("--preview-every <n>", "steps between previews", integer(1), 200);
  for (const [field, value] of Object.entries(preset)) {
    if (field === "stage" || typeof value === "object") continue;
    command.addOption(fieldOption(field, value));
  }
  return command
    .addHelpText(
      "after",
      `
Ctrl-C saves and ends with code 130; the same command goes on where it stopped.

Examples:
  hitofude train ${preset.stage}
  hitofude train ${preset.stage} --steps 50 --out runs/try
  hitofude train ${preset.stage} --config runs/try/config.json --out runs/again`,
    )
    .action((options: Record<string, unknown>) => runStage(preset, options, run));
}

async function runStage<C extends StageConfig>(
  preset: C,
  options: Record<string, unknown>,
  run: Runner<C>,
): Promise<void> {
  const config = resolve(preset, options);
  const result = await run(config, options as never);
  const file = join(String(options.out), "model.safetensors");
  if (options.json) printJson({ stage: preset.stage, ...result, file });
  else {
    const state = result.finished ? "finished" : "interrupted and saved";
    process.stdout.write(`${preset.stage}: ${state} after ${duration(result.seconds)}, ${file}\n`);
  }
  if (!result.finished) process.exitCode = INTERRUPTED;
}

/** Preset, then the file of `--config`, then the options given. */
function resolve<C extends StageConfig>(preset: C, options: Record<string, unknown>): C {
  const file = options.config === undefined ? {} : readConfig(String(options.config), preset);
  const given: Record<string, unknown> = {};
  for (const field of Object.keys(preset)) {
    const value = options[optionKey(field)];
    if (value !== undefined) given[field] = value;
  }
  return { ...preset, ...file, ...given };
}

function readConfig(path: string, preset: StageConfig): Record<string, unknown> {
  const config = readJson(path);
  if (typeof config !== "object" || config === null || Array.isArray(config)) {
    throw new UsageError(`${path} holds no config. Name the config.json of a run.`);
  }
  const fields = config as Record<string, unknown>;
  if (fields.stage !== undefined && fields.stage !== preset.stage) {
    throw new UsageError(
      `${path} configures the stage "${fields.stage}", not "${preset.stage}". ` +
        `Use hitofude train ${fields.stage}.`,
    );
  }
  const unknown = Object.keys(fields).find((field) => !(field in preset));
  if (unknown !== undefined) {
    throw new UsageError(`${path}: there is no field "${unknown}" in this stage's config. Remove it.`);
  }
  return fields;
}

function fieldOption(field: string, value: unknown): Option {
  const flag = field.replaceAll("_", "-").toLowerCase();
  const option = new Option(`--${flag} <${typeof value === "number" ? "x" : "name"}>`);
  option.description = `${field} (default: ${String(value)})`;
  if (typeof value !== "number") return option;
  const whole = ["seed", "steps", "batch", "K_TA", "warmup"].includes(field);
  return option.argParser(whole ? integer(0) : anyNumber(field));
}

function anyNumber(field: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && Number.isFinite(value)) return value;
    throw new UsageError(`--${field}: "${text}" is no number.`);
  };
}

/** How commander names an option: --alpha-cfg becomes alphaCfg. */
function optionKey(field: string): string {
  return new Option(`--${field.replaceAll("_", "-").toLowerCase()} <x>`).attributeName();
}
