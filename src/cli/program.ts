/** The commands and their help. */
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { doctor } from "./doctor.js";
import { addEvaluate } from "./evaluate-command.js";
import { addGenerate } from "./generate-command.js";
import { addLab } from "./lab-command.js";
import { addNew } from "./new-divergence.js";
import { common } from "./options.js";
import { addRunJob } from "./run-job.js";
import { addSweep } from "./sweep-command.js";
import { addTrainCommands } from "./train-commands.js";

export function program(): Command {
  const root = new Command("hitofude")
    .description("Text to picture in one network evaluation, on WebGPU.")
    .version(version())
    .configureOutput({ outputError: (text, write) => write(`${oneLine(text)}\n`) })
    .configureHelp({ helpWidth: Math.min(process.stdout.columns ?? 100, 100) })
    .exitOverride()
    .addHelpText(
      "after",
      `
Exit codes: 0 done, 1 failed, 2 asked for wrongly, 130 interrupted by Ctrl-C.
HITOFUDE_ADAPTER chooses the adapter, HITOFUDE_DEBUG=1 shows the stack of an error.

Example:
  hitofude generate "a red heart on a blue background" --out heart.png`,
    );
  addGenerate(root);
  addTrainCommands(root);
  addEvaluate(root);
  addLab(root);
  addSweep(root);
  addRunJob(root);
  addNew(root);
  common(root.command("doctor"))
    .description("show the adapter, its features, limits and speed, and how to get a faster one")
    .action(doctor);
  return root;
}

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s*\n\s*/g, " ");
}

function version(): string {
  const file = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
