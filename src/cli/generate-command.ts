/** The options of `hitofude generate`. */
import type { Command } from "commander";
import { UsageError } from "../errors.js";
import { resolveConfig } from "./config.js";
import { count, type Fields } from "./field.js";
import { type GenerateConfig, type GenerateOptions, generate } from "./generate.js";
import { common, configOptions } from "./options.js";
import { profileOption } from "./profiling.js";
import { SEED } from "./stage-fields.js";

const PRESET: GenerateConfig = {
  prompts: [""],
  model: "auto",
  seed: 1,
  count: 1,
  grid: false,
  steps: 1,
  guidance: 1,
  scale: 8,
};

const OPTION_FIELDS: Fields<Omit<GenerateConfig, "prompts">> = {
  model: {
    what: "aligned, one-step, teacher, or a model file; auto: aligned, with --steps > 1 teacher",
    value: "file",
  },
  seed: { ...SEED, what: "seed of each prompt's first picture; the same seed, the same picture" },
  count: { ...count("pictures for each prompt, with seeds seed, seed + 1, …"), short: "-n" },
  grid: { what: "all pictures on one sheet, with their prompts" },
  steps: count("1: one evaluation; more: Heun steps of the teacher"),
  guidance: { what: "strength of the teacher's guidance, α_cfg; 0 = none", min: 0 },
  scale: { ...count("pixels of the file for each pixel of the picture"), max: 64 },
};

export function addGenerate(root: Command): void {
  const command = root
    .command("generate")
    .description("make pictures from prompts")
    .argument("[prompts...]", "what to draw, one argument for each prompt")
    .option("-o, --out <file.png>", "where to write (several: file-01.png, …)", "out.png");
  configOptions(command, PRESET, OPTION_FIELDS);
  common(profileOption(command, "the pictures"))
    .addHelpText(
      "after",
      `
The config is written beside the pictures, as <file>.json; --config takes it back.

Examples:
  hitofude generate "a red heart on a blue background" --out heart.png
  hitofude generate "a cat on a green background" "two red fish" -n 4 --grid -o sheet.png
  hitofude generate "a panda on a pink background" --steps 20 -o teacher.png
  hitofude generate --config heart.json --seed 2 -o another.png
  hitofude generate "a red heart on a blue background" --profile trace.json`,
    )
    .action((prompts: string[], options: GenerateOptions & Record<string, unknown>) => {
      const fields = { ...OPTION_FIELDS, prompts: { what: "what to draw" } };
      const source = { preset: PRESET, fields, kind: ["command", "generate"] } as const;
      const given = prompts.length > 0 ? { ...options, prompts } : options;
      if (prompts.length === 0 && options.config === undefined) {
        throw new UsageError(
          'generate needs a prompt. Give one, such as "a red heart on a blue background".',
        );
      }
      return generate(resolveConfig(source, given), options);
    });
}
