/**
 * What a sweep runs: an experiment's config with some fields varied, every value with every other.
 *
 *     settings = { base with f₁ = v₁, f₂ = v₂, … : v₁ ∈ set[f₁], v₂ ∈ set[f₂], … }
 *
 * The first seed of every setting comes before the second of any, so that half a sweep shows all
 * settings.
 */
import type { Json } from "../json.js";

export type Config = Readonly<Record<string, Json>>;

export interface SweepPlan {
  readonly experiment: string;
  /** The whole config; fields of `set` are replaced. */
  readonly base: Config;
  readonly set: Readonly<Record<string, readonly Json[]>>;
  /** Only jobs whose id holds one of these texts; empty: all. */
  readonly match: readonly string[];
}

export interface Setting {
  readonly config: Config;
  /** The varied fields without the seed, "levels=8 iterations=100"; settings that differ by seed share it. */
  readonly label: string;
}

/** The config's field that counts repetitions. */
export const SEED = "seed";

export function settingsOf({ base, set }: SweepPlan): Setting[] {
  const names = Object.keys(set).filter((name) => name !== SEED);
  const varied = SEED in set ? [...names, SEED] : names;
  // The last field varies slowest: the seed, where it is one of them.
  const configs = varied.reduce<readonly Config[]>(
    (all, name) =>
      name === SEED
        ? (set[name] ?? []).flatMap((value) => all.map((one) => ({ ...one, [name]: value })))
        : all.flatMap((one) => (set[name] ?? []).map((value) => ({ ...one, [name]: value }))),
    [base],
  );
  const telling = variedFields(set);
  const label = (config: Config): string =>
    telling.map((name) => `${name}=${textOf(config[name] ?? null)}`).join(" ");
  const different = new Map(configs.map((config) => [keyOf("", config), config]));
  return [...different.values()].map((config) => ({ config, label: label(config) }));
}

/** The fields with more than one value, but for the seed. */
export function variedFields(set: SweepPlan["set"]): string[] {
  return Object.entries(set).flatMap(([name, { length }]) =>
    name !== SEED && length > 1 ? [name] : [],
  );
}

/** How many settings there are, without making them. */
export function countSettings({ set }: SweepPlan): number {
  return Object.values(set).reduce((product, values) => product * values.length, 1);
}

/** One text for an experiment with a config, whatever the order of the fields. */
export function keyOf(experiment: string, config: Config): string {
  const fields = Object.keys(config).sort();
  return `${experiment}/${fields.map((name) => `${name}=${textOf(config[name] ?? null)}`).join(",")}`;
}

/** A value as it is written on the command line: entries of a list are joined by "+". */
export function textOf(value: Json): string {
  if (Array.isArray(value)) return value.map(textOf).join("+");
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}
