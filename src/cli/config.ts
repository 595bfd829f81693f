/**
 * Configs: a preset, then the file of `--config`, then the options given. Files are checked against
 * the preset: no unknown field, every value of the preset's type and within the field's limits.
 */
import { existsSync } from "node:fs";
import { UsageError } from "../errors.js";
import { readJson } from "../io/node-files.js";
import { type AnyFields, expected, type Field, fits, optionKey } from "./field.js";

type Table = Readonly<Record<string, unknown>>;

export interface ConfigSource<C> {
  readonly preset: C;
  readonly fields: AnyFields;
  /** The fixed field that tells configs apart, such as ["stage", "teacher"]. */
  readonly kind: readonly [field: string, value: string];
}

/** The resolved config of a command. */
export function resolveConfig<C extends object>(source: ConfigSource<C>, options: Table): C {
  const { preset, fields } = source;
  const base = options.config === undefined ? preset : fromFile(source, String(options.config));
  const given: Record<string, unknown> = {};
  for (const name of Object.keys(fields)) {
    const value = options[optionKey(name)];
    if (value !== undefined && name in preset) given[name] = value;
  }
  return { ...base, ...given };
}

function fromFile<C extends object>({ preset, fields, kind }: ConfigSource<C>, path: string): C {
  if (!existsSync(path)) {
    throw new UsageError(`There is no config at ${path}. Name the config.json of an earlier run.`);
  }
  const table = readJson(path);
  if (!isTable(table)) {
    throw new UsageError(`${path} holds no config. Name the config.json of an earlier run.`);
  }
  const [field, value] = kind;
  const found = table[field];
  if (found !== undefined && found !== value) {
    throw new UsageError(
      `${path} has ${field} ${JSON.stringify(found)}, not "${value}". ` +
        "Name a config that this command wrote.",
    );
  }
  const { [field]: _, ...rest } = table;
  return merge(preset, rest, {
    fields,
    path: "",
    fail: (what) => new UsageError(`${path}: ${what}`),
  });
}

interface Check {
  readonly fields: AnyFields;
  /** Names down to here, "model.unet.". */
  readonly path: string;
  readonly fail: (what: string) => Error;
  /** Every field of the template must be there. */
  readonly complete?: boolean;
}

/** The template with the values of a table of the same kind; throws `fail` where they differ. */
export function merge<C extends object>(template: C, table: unknown, check: Check): C {
  const { path, fail } = check;
  if (!isTable(table))
    throw fail(`${path.slice(0, -1)} is ${show(table)}; give a table of fields.`);
  const merged: Record<string, unknown> = Object.fromEntries(Object.entries(template));
  for (const [name, value] of Object.entries(table)) {
    if (!Object.hasOwn(template, name)) {
      throw fail(`there is no field ${path}${name}. Known: ${Object.keys(template).join(", ")}.`);
    }
    merged[name] = checked(name, value, merged[name], check);
  }
  const missing = Object.keys(template).find(
    (name) => !Object.hasOwn(table, name) && !check.fields[name]?.optional,
  );
  if (check.complete && missing) throw fail(`the field ${path}${missing} is missing.`);
  return merged as C;
}

function checked(name: string, value: unknown, template: unknown, check: Check): unknown {
  const { fields, path, fail } = check;
  if (isTable(template)) return merge(template, value, { ...check, path: `${path}${name}.` });
  const field: Field = fields[name] ?? { what: name };
  const list = Array.isArray(template);
  const sample: unknown = list ? template[0] : template;
  const good = list
    ? Array.isArray(value) && value.length > 0 && value.every((v) => fits(field, sample, v))
    : fits(field, sample, value);
  if (good) return value;
  const each = list ? "a list, each entry " : "";
  throw fail(`${path}${name} is ${show(value)}; give ${each}${expected(field, sample)}.`);
}

/** Fields in which two configs differ, for people: "lr: 0.001, now 0.002". */
export function differences(before: unknown, now: unknown, path = ""): string[] {
  if (!isTable(before) || !isTable(now)) {
    const same = JSON.stringify(before) === JSON.stringify(now);
    return same ? [] : [`${path}: ${show(before)}, now ${show(now)}`];
  }
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])];
  const prefix = path === "" ? "" : `${path}.`;
  return names.flatMap((name) => differences(before[name], now[name], `${prefix}${name}`));
}

export function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  if (value === undefined) return "absent";
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
