/** The commands, their options and their help. */
import { readFileSync } from "node:fs";
import { Command, InvalidArgumentError, Option } from "commander";
import { ADAPTER_CHOICES } from "../device/node-adapter.js";
import { doctor } from "./doctor.js";
import { evaluate } from "./evaluate.js";
import { generate } from "./generate.js";
import { addTrainCommands } from "./train-commands.js";

export function program(): Command {
  const root = new Command("hitofude")
    .description("Text to picture in one network evaluation, on WebGPU.")
    .version(version())
    .showHelpAfterError("(add --help for examples)")
    .exitOverride();
  addGenerate(root);
  addTrainCommands(root);
  addEvaluate(root);
  common(root.command("doctor"))
    .description("show the adapter, its features, limits and speed, and how to get a faster one")
    .action(doctor);
  for (const command of root.commands) command.copyInheritedSettings(root);
  return root;
}

/** Options of every command. */
export function common(command: Command): Command {
  return command
    .addOption(
      new Option("--adapter <name>", "what to run on (or the variable HITOFUDE_ADAPTER)").choices(
        ADAPTER_CHOICES,
      ),
    )
    .option("--json", "one JSON object on standard output")
    .option("--quiet", "no progress");
}

function addGenerate(root: Command): void {
  common(root.command("generate"))
    .description("make pictures from prompts")
    .argument("<prompts...>", "what to draw, one argument for each prompt")
    .requiredOption("-o, --out <file.png>", "where to write (several pictures: file-01.png, …)", "out.png")
    .option("--model <file>", "a model file (default: the repository's aligned model)")
    .option("--seed <n>", "first seed", integer(0), 1)
    .option("-n, --count <n>", "pictures for each prompt", integer(1), 1)
    .option("--grid", "all pictures on one sheet, with their prompts", false)
    .option("--steps <n>", "1: one evaluation; more: Heun steps of the teacher", integer(1), 1)
    .option("--guidance <x>", "α_cfg with --steps > 1", decimal(0), 1)
    .option("--scale <n>", "pixels of the file for each pixel of the picture", integer(1), 8)
    .addHelpText(
      "after",
      `
Examples:
  hitofude generate "a red heart on a blue background" --out heart.png
  hitofude generate "a cat on a green background" "two fish on a white background" -n 4 --grid -o sheet.png
  hitofude generate "a panda on a pink background" --steps 20 -o teacher.png`,
    )
    .action(generate);
}

function addEvaluate(root: Command): void {
  common(root.command("evaluate"))
    .description("regenerate the results table: teacher, one step, aligned")
    .option("-o, --out <folder>", "where to write the table and the grids", "runs/evaluate")
    .option("--models <names...>", "stages of the repository, or model files", [
      "teacher",
      "one-step",
      "aligned",
    ])
    .option("--prompts <n>", "prompts of each split", integer(1), 64)
    .option("--samples <n>", "pictures for each prompt", integer(1), 4)
    .option("--seed <n>", "seed of prompts and noise", integer(0), 1)
    .option("--teacher-steps <n>", "Heun steps of the teacher", integer(2), 12)
    .option("--guidance <x>", "α_cfg of the teacher", decimal(0), 1)
    .addHelpText(
      "after",
      `
Examples:
  hitofude evaluate
  hitofude evaluate --models aligned runs/align/model.safetensors --prompts 16 --json`,
    )
    .action(evaluate);
}

export function integer(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`Give an integer of at least ${least}.`);
  };
}

export function decimal(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && Number.isFinite(value) && value >= least) return value;
    throw new InvalidArgumentError(`Give a number of at least ${least}.`);
  };
}

function version(): string {
  const file = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
