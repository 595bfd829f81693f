/** The options of `hitofude lab`. Every field of an experiment's config is an option. */
import { join } from "node:path";
import { type Command, Option } from "commander";
import { ADAPTER_CHOICES } from "../device/node-adapter.js";
import { UsageError } from "../errors.js";
import type { AnyExperiment } from "../lab/experiment.js";
import { experiments } from "../lab/registry.js";
import { resolveConfig } from "./config.js";
import { type LabOptions, runExperiment } from "./lab.js";
import { configOptions, wholeNumber } from "./options.js";
import { printJson } from "./session.js";

export function addLab(root: Command): void {
  const lab = root
    .command("lab")
    .description("the divergence laboratory: experiments with reports; alone: lists them")
    .argument("[name]", "an experiment of the list")
    .option("--json", "one JSON object on standard output, nothing else")
    .addHelpText(
      "after",
      `
Examples:
  hitofude lab
  hitofude lab exact-1d --quick`,
    )
    .action((name: string | undefined, options: { json?: boolean }) => list(name, options));
  for (const experiment of experiments) addExperiment(lab, experiment);
}

function list(name: string | undefined, { json }: { json?: boolean }): void {
  if (name !== undefined) {
    const known = experiments.map((one) => one.name).join(", ");
    throw new UsageError(`lab: there is no experiment ${name}. Known: ${known}.`);
  }
  if (json) {
    printJson({ experiments: experiments.map(({ name, what, takes }) => ({ name, what, takes })) });
    return;
  }
  for (const { name, what, takes } of experiments) {
    process.stdout.write(
      `${name}   ${what}\n    ${takes.full} on two quiet cores; with --quick ${takes.quick}\n`,
    );
  }
}

function addExperiment(lab: Command, experiment: AnyExperiment): void {
  const { name, what, networks, takes, presets, fields } = experiment;
  const command = lab
    .command(name)
    .description(what)
    .option(
      "-o, --out <folder>",
      "the run's folder; a run in it goes on",
      join("runs", "lab", name),
    )
    .option("--quick", `a small version, ${takes.quick}`);
  configOptions(command, presets.full, fields);
  if (networks) {
    const adapter = "what networks run on (default: the variable HITOFUDE_ADAPTER, else auto)";
    command.addOption(new Option("--adapter <name>", adapter).choices(ADAPTER_CHOICES));
  }
  command
    .option(
      "--workers <n>",
      networks
        ? "processes that share the arms (default: 2 through lavapipe, else 1)"
        : "processes that share the arms (default: 1)",
      wholeNumber(1),
    )
    .option("--json", "one JSON object on standard output, nothing else")
    .option("--quiet", "no progress")
    .addHelpText(
      "after",
      `
It writes config.json, results.jsonl, report.html, and report.md with its figures. Ctrl-C ends with
code 130, even a kill loses no finished arm: the same command goes on.

Examples:
  hitofude lab ${name}
  hitofude lab ${name} --quick --out runs/lab/${name}-quick
  hitofude lab ${name} --workers 2
  hitofude lab ${name} --config runs/lab/${name}/config.json --seed 2 --out runs/lab/again`,
    )
    .action(
      (options: LabOptions & { quick?: boolean } & Record<string, unknown>, self: Command) => {
        const preset = options.quick ? presets.quick : presets.full;
        const kind = ["experiment", name] as const;
        const config = resolveConfig({ preset, fields, kind }, options);
        // `--json` may have been read by `lab` itself.
        const all = { ...options, ...self.optsWithGlobals() } as typeof options;
        return runExperiment(experiment, config, all);
      },
    );
}
