/**
 * One field of a config: what it means, which values it may have, and the option that sets it.
 * Options and config files are checked by the same rows.
 */
import { InvalidArgumentError, Option } from "commander";

export interface Field {
  /** One line for the help, with the unit. */
  readonly what: string;
  readonly whole?: boolean;
  /** Smallest and largest value. */
  readonly min?: number;
  readonly max?: number;
  /** Limits that are excluded themselves. */
  readonly above?: number;
  readonly below?: number;
  readonly choices?: readonly string[];
  readonly nullable?: boolean;
  /** Files may leave it out: those from before there was such a field. */
  readonly optional?: boolean;
  /** The option may be given several times; the values are joined by commas. */
  readonly repeated?: boolean;
  /** What the help calls the value, and the option's one-letter name. */
  readonly value?: string;
  readonly short?: string;
}

/** A row for every field of C that has an option of its own. */
export type Fields<C> = Readonly<Record<keyof C & string, Field>>;
/** The same, when the names are no longer known. */
export type AnyFields = Readonly<Record<string, Field | undefined>>;

/** Counts and sizes: whole, at least `min`. */
export function count(what: string, min = 1): Field {
  return { what, whole: true, min, value: "n" };
}

/** What a value must be, for messages. */
export function expected(field: Field, template: unknown): string {
  if (field.choices) return `one of: ${field.choices.join(", ")}`;
  if (typeof template === "boolean") return "true or false";
  if (typeof template === "string") return "a text";
  const { whole, min, max, above, below } = field;
  const limits = [
    min === undefined ? "" : `at least ${min}`,
    above === undefined ? "" : `above ${above}`,
    max === undefined ? "" : `at most ${max}`,
    below === undefined ? "" : `below ${below}`,
  ].filter((text) => text !== "");
  const kind = whole ? "a whole number" : "a number";
  return limits.length === 0 ? kind : `${kind}, ${limits.join(" and ")}`;
}

/** Does the value have the template's type and lie within the field's limits? */
export function fits(field: Field, template: unknown, value: unknown): boolean {
  if (value === null) return field.nullable ?? false;
  if (typeof value !== kindOf(field, template)) return false;
  if (field.choices) return field.choices.includes(String(value));
  if (typeof value !== "number") return true;
  const { whole, min = -Infinity, max = Infinity, above = -Infinity, below = Infinity } = field;
  if (!Number.isFinite(value) || (whole && !Number.isSafeInteger(value))) return false;
  return value >= min && value <= max && value > above && value < below;
}

/** The type of a value; a template that is null shows none. */
function kindOf(field: Field, template: unknown): string {
  if (template !== null) return typeof template;
  return field.choices ? "string" : "number";
}

/** The options that set a field: one, or for a yes/no field two. */
export function fieldOptions(name: string, field: Field, preset: unknown): Option[] {
  const flag = flagOf(name);
  const short = field.short ? `${field.short}, ` : "";
  if (typeof preset === "boolean") {
    return [
      new Option(`${short}${flag}`, field.what),
      new Option(`--no-${flag.slice(2)}`).hideHelp(),
    ];
  }
  const list = Array.isArray(preset);
  const shown = list ? preset.join(" ") : String(preset) || "none";
  const choices = field.choices ? `, ${expected(field, preset)}` : "";
  const what = `${field.what}${choices} (default: ${shown})`;
  const kind = field.value ?? (typeof preset === "number" ? "x" : "name");
  const option = new Option(`${short}${flag} <${kind}${list ? "..." : ""}>`, what);
  if (list) return [option];
  if (field.repeated) return [option.argParser(joined)];
  return [option.argParser((text) => parse(text, field, preset))];
}

function joined(text: string, before: string | undefined): string {
  return before === undefined ? text : `${before},${text}`;
}

function parse(text: string, field: Field, preset: unknown): unknown {
  const value = typeof preset === "number" && text.trim() !== "" ? Number(text) : text;
  if (fits(field, preset, value)) return value;
  throw new InvalidArgumentError(`Give ${expected(field, preset)}.`);
}

function flagOf(name: string): string {
  const dashed = name.replaceAll("_", "-").replace(/[a-z](?=[A-Z])/g, "$&-");
  return `--${dashed.toLowerCase()}`;
}

/** Where commander puts the value of a field's option: --alpha-cfg becomes alphaCfg. */
export function optionKey(name: string): string {
  return new Option(`${flagOf(name)} <x>`).attributeName();
}
