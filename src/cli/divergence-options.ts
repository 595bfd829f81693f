/** The divergence that a config asks for, and what the help says of divergences. */
import { timeDistributions } from "../diffusion/index.js";
import {
  type Divergence,
  divergenceNamed,
  divergences,
  type OptionValue,
  type RegisteredDivergence,
  weightings,
} from "../divergences/index.js";
import { UsageError } from "../errors.js";
import type { DistillConfig } from "./presets.js";

/** For samples of D elements: options in units of the field are given for one element. */
export function divergenceFor(
  config: Pick<DistillConfig, "divergence" | "divergence_option" | "c_per_element" | "alpha">,
  elements: number,
): Divergence {
  const registered = divergenceNamed(config.divergence);
  const given = optionsIn(config.divergence_option, registered);
  const divergence = registered.create({
    ...commonOptions(registered, config, elements),
    ...given,
  });
  if (!divergence.needsDensityRatio) return divergence;
  throw new UsageError(
    `The divergence ${divergence.name} needs a density ratio, which this model has not. ` +
      "Choose another, or call it from code: docs/divergences.md.",
  );
}

/** What --c-per-element and --alpha say, of the options that the divergence has. */
function commonOptions(
  { about: { options } }: RegisteredDivergence,
  { c_per_element, alpha }: Pick<DistillConfig, "c_per_element" | "alpha">,
  elements: number,
): Record<string, OptionValue> {
  const common: Record<string, OptionValue> = "alpha" in options ? { alpha } : {};
  for (const [name, option] of Object.entries(options)) {
    if ("ofField" in option) common[name] = c_per_element * Math.sqrt(elements);
  }
  return common;
}

/** "c=0.1,p=1.5" */
function optionsIn(text: string, { about }: RegisteredDivergence): Record<string, OptionValue> {
  const parts = text === "" ? [] : text.split(",");
  return Object.fromEntries(
    parts.map((part) => {
      const [, name = "", value = ""] = /^\s*([^=\s]+)\s*=\s*(\S.*?)\s*$/.exec(part) ?? [];
      if (name === "") {
        throw new UsageError(
          `--divergence-option "${part}" is no name=value. Give one such as c=0.1.`,
        );
      }
      const option = Object.hasOwn(about.options, name) ? about.options[name] : undefined;
      const numeric = option && !("choices" in option) && Number.isFinite(Number(value));
      return [name, numeric ? Number(value) : value];
    }),
  );
}

/** Divergences, weightings and time distributions, one a line. */
export function divergenceHelp(): string {
  const divergence = Object.entries(divergences).map(([name, { about }]) => {
    const options = Object.entries(about.options).map(([key, o]) => `${key}=${o.default}`);
    return [name, [about.formula, ...options].join("   ")] as const;
  });
  const weighting = Object.values(weightings).map((w) => [w.name, w.formula] as const);
  const time = Object.entries(timeDistributions).map(([name, t]) => [name, t.formula] as const);
  const table = (rows: readonly (readonly [string, string])[]): string =>
    rows.map(([name, what]) => `  ${name.padEnd(16)}${what}`).join("\n");
  return `

Divergences, with their options (docs/divergences.md says more):
${table(divergence)}

Weightings:
${table(weighting)}

Time distributions:
${table(time)}`;
}
