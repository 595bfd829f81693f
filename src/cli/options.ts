/** Options that several commands have. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { ADAPTER_CHOICES } from "../device/node-adapter.js";
import { type AnyFields, fieldOptions } from "./field.js";

/** Options of every command; added last, so that the help ends with them. */
export function common(command: Command): Command {
  const adapter = "what to run on (default: the variable HITOFUDE_ADAPTER, else auto)";
  return command
    .addOption(new Option("--adapter <name>", adapter).choices(ADAPTER_CHOICES))
    .option("--json", "one JSON object on standard output, nothing else")
    .option("--quiet", "no progress, no adapter's name");
}

/** `--config`, and one option for each field that is no table of fields itself. */
export function configOptions(command: Command, preset: object, fields: AnyFields): Command {
  command.option("--config <file>", "a config to start from; options given beside it win");
  for (const [name, value] of Object.entries(preset)) {
    const field = fields[name];
    if (field) for (const option of fieldOptions(name, field, value)) command.addOption(option);
  }
  return command;
}

export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`Give a whole number, at least ${least}.`);
  };
}
