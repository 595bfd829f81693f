/** A sweep's plan from the command line, or from the sweep.json of an earlier one. */
import { existsSync } from "node:fs";
import { UsageError } from "../errors.js";
import { readJson } from "../io/node-files.js";
import type { AnyExperiment } from "../lab/experiment.js";
import type { Json } from "../lab/json.js";
import { experimentOf } from "../lab/sweep/description.js";
import { type Config, countSettings, SEED, type SweepPlan } from "../lab/sweep/plan.js";
import { isTable, merge } from "./config.js";
import { expected, fits } from "./field.js";

export interface PlanOptions {
  readonly config?: string;
  readonly quick?: boolean;
  readonly set?: readonly string[];
  readonly seeds?: string;
  readonly match?: readonly string[];
}

const MOST_SETTINGS = 100_000;

export function resolvePlan(name: string | undefined, options: PlanOptions): SweepPlan {
  const file = options.config === undefined ? undefined : readFile(options.config);
  const experiment = experimentFor(name, file, options);
  const { fields, presets } = experiment;
  const preset = (options.quick ? presets.quick : presets.full) as Config;
  const where = `${options.config}: `;
  const base = merge(preset, file?.base ?? {}, {
    fields,
    path: "base.",
    fail: (what) => new UsageError(`${where}${what}`),
  });
  const given = (options.set ?? []).map((text) => parseSet(text, experiment));
  const names = [...given.map(([field]) => field), ...(options.seeds === undefined ? [] : [SEED])];
  const twice = names.find((field, i) => names.indexOf(field) < i);
  if (twice) throw new UsageError(`${twice} is given twice. Join its values by commas.`);
  const set = {
    ...gridOf(file, { experiment, where }),
    ...Object.fromEntries(given),
    ...(options.seeds === undefined ? {} : seedsOf(options.seeds, experiment)),
  };
  const match = options.match ?? matchOf(file?.match, where);
  const plan = { experiment: experiment.name, base, set, match };
  if (countSettings(plan) <= MOST_SETTINGS) return plan;
  throw new UsageError(
    `The sweep has ${countSettings(plan)} settings, more than ${MOST_SETTINGS}. Give fewer values.`,
  );
}

type Table = Readonly<Record<string, unknown>>;

function readFile(path: string): Table {
  if (!existsSync(path)) {
    throw new UsageError(`There is no sweep at ${path}. Name the sweep.json of an earlier one.`);
  }
  const table = readJson(path);
  const known = ["experiment", "base", "set", "seeds", "match"];
  const other = isTable(table) ? Object.keys(table).find((name) => !known.includes(name)) : "";
  if (isTable(table) && other === undefined) return table;
  const what = other ? `there is no field ${other}` : "it holds no sweep";
  throw new UsageError(`${path}: ${what}. A sweep has: ${known.join(", ")}.`);
}

function experimentFor(
  name: string | undefined,
  file: Table | undefined,
  { config }: PlanOptions,
): AnyExperiment {
  const named = file?.experiment;
  if (name !== undefined && named !== undefined && named !== name) {
    throw new UsageError(`${config} is a sweep of ${named}, not of ${name}. Leave the name out.`);
  }
  const either = name ?? named;
  if (either !== undefined) return experimentOf(String(either));
  throw new UsageError("sweep: name an experiment, such as exact-1d; hitofude lab lists them.");
}

interface Source {
  readonly experiment: AnyExperiment;
  readonly where: string;
}

/** The file's `set`, and its `seeds` as one more field of it. */
function gridOf(file: Table | undefined, source: Source): Record<string, readonly Json[]> {
  const { experiment, where } = source;
  const { set = {}, seeds } = file ?? {};
  if (!isTable(set)) throw new UsageError(`${where}set is no table. Give {"field": [values]}.`);
  const grid = Object.entries(set).map(([name, values]) => {
    if (!Array.isArray(values) || values.length === 0) {
      throw new UsageError(`${where}set.${name} is no list. Give the values that ${name} takes.`);
    }
    return [name, values.map((value) => checkedValue(name, value, source))] as const;
  });
  const list = Array.isArray(seeds) ? seeds.join(",") : seeds;
  return {
    ...Object.fromEntries(grid),
    ...(list === undefined ? {} : seedsOf(String(list), experiment)),
  };
}

function matchOf(match: unknown, where: string): readonly string[] {
  if (match === undefined) return [];
  if (Array.isArray(match) && match.every((text) => typeof text === "string")) return match;
  throw new UsageError(`${where}match is no list of texts. Give parts of the arms' names.`);
}

/** "levels=8,14"; a list's entries are joined by "+". */
function parseSet(text: string, experiment: AnyExperiment): [string, readonly Json[]] {
  const [name = "", list] = text.split(/=(.*)/s);
  if (list === undefined || name === "") {
    throw new UsageError(`--set ${text} is no field=values. Give one such as levels=8,14.`);
  }
  const where = "--set: ";
  const template = (experiment.presets.full as Config)[name];
  const entries = Array.isArray(template);
  const sample = entries ? template[0] : template;
  const values = list.split(",").map((value) => {
    const read = (part: string): unknown => parsedValue(part.trim(), sample);
    return checkedValue(name, entries ? value.split("+").map(read) : read(value), {
      experiment,
      where,
    });
  });
  return [name, values];
}

function parsedValue(text: string, sample: unknown): unknown {
  if (typeof sample === "boolean") return text === "true" ? true : text === "false" ? false : text;
  const value = typeof sample === "number" && text !== "" ? Number(text) : text;
  return Number.isNaN(value) ? text : value;
}

function checkedValue(name: string, value: unknown, { experiment, where }: Source): Json {
  const { presets, fields } = experiment;
  const fail = (what: string): UsageError => new UsageError(`${where}${what}`);
  const checked = merge(presets.full, { [name]: value }, { fields, path: "", fail });
  return (checked as Config)[name] ?? null;
}

const MOST_SEEDS = 10_000;

/** "1..5", "1,3,7", "1..3,10". */
function seedsOf(text: string, { name, presets, fields }: AnyExperiment): { seed: number[] } {
  const field = fields[SEED];
  const template = (presets.full as Config)[SEED];
  if (!field) throw new UsageError(`--seeds: ${name} has no field seed. Leave it out.`);
  const seeds = text.split(",").flatMap((part) => {
    const [from = Number.NaN, to = from] = part
      .split("..")
      .map((n) => (n.trim() ? Number(n) : Number.NaN));
    const good = [from, to].every((seed) => fits(field, template, seed)) && from <= to;
    if (!good || to - from >= MOST_SEEDS) {
      throw new UsageError(
        `--seeds ${text}: "${part}" is no seed and no range of at most ${MOST_SEEDS}. Give one such ` +
          `as 1..5 or 1,3,7; each is ${expected(field, template)}.`,
      );
    }
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
  return { [SEED]: [...new Set(seeds)] };
}
