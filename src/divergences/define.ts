/**
 * What a file of this folder exports: the divergence as a function of its options, with what people
 * and the tests want to know of it.
 *
 *     const huber = pseudoHuber({ c: 0.1 });          in code
 *     pseudoHuber.create({ c: 0.1 })                  by name, checked: the command line
 *     pseudoHuber.about.formula                       docs/divergences.md, --help
 */
import { UsageError } from "../errors.js";
import type { Divergence } from "./divergence.js";

export type OptionValue = number | string;

export interface NumberOption {
  /** One line, with the unit. */
  readonly what: string;
  readonly default: number;
  readonly min?: number;
  readonly above?: number;
  /** In units of the field: it grows with the field, and with √D of a sample of D elements. */
  readonly ofField?: true;
}

export interface ChoiceOption {
  readonly what: string;
  readonly default: string;
  readonly choices: readonly string[];
}

export type DivergenceOption = NumberOption | ChoiceOption;
/** What a divergence can be told, by name. */
export type DivergenceOptions = Readonly<Record<string, DivergenceOption>>;

/** The values of options: what `make` receives. */
export type ValuesOf<S extends DivergenceOptions> = {
  readonly [K in keyof S]: S[K] extends ChoiceOption ? string : number;
};

export interface DivergenceAbout {
  /** One line; the header of the file has the rest. */
  readonly formula: string;
  /** Paper or equation. */
  readonly source: string;
  /** When to use it, and what to look out for. */
  readonly use: string;
  readonly options: DivergenceOptions;
  /** Options under which the laws are tested; default: its defaults. */
  readonly example?: Readonly<Record<string, OptionValue>>;
}

/** A divergence that is known by name. */
export interface RegisteredDivergence {
  readonly about: DivergenceAbout;
  /** With options by name; the rest are defaults. @throws UsageError for one that it has not. */
  create(given?: Readonly<Record<string, OptionValue>>): Divergence;
}

export interface DivergenceFamily<S extends DivergenceOptions, D extends Divergence>
  extends RegisteredDivergence {
  (options?: Partial<ValuesOf<S>>): D;
}

export function defineDivergence<const S extends DivergenceOptions, D extends Divergence>(
  definition: DivergenceAbout & {
    readonly options: S;
    readonly make: (options: ValuesOf<S>) => D;
  },
): DivergenceFamily<S, D> {
  const { make, ...about } = definition;
  const defaults = Object.fromEntries(
    Object.entries<DivergenceOption>(about.options).map(([name, o]) => [name, o.default]),
  ) as ValuesOf<S>;
  const family = (options: Partial<ValuesOf<S>> = {}): D => make({ ...defaults, ...options });
  const create = (given: Readonly<Record<string, OptionValue>> = {}): D => {
    const { name } = family();
    for (const [key, value] of Object.entries(given)) checkOption(name, about, key, value);
    return family(given as Partial<ValuesOf<S>>);
  };
  return Object.assign(family, { about, create });
}

function checkOption(
  divergence: string,
  { options }: DivergenceAbout,
  key: string,
  value: OptionValue,
): void {
  const option = Object.hasOwn(options, key) ? options[key] : undefined;
  const known = Object.keys(options).join(", ");
  if (!option) {
    throw new UsageError(
      `The divergence ${divergence} has no option ${key}. ` +
        `${known === "" ? "Leave it out: there are none" : `Choose from: ${known}`}.`,
    );
  }
  if (fits(option, value)) return;
  throw new UsageError(
    `The divergence ${divergence}: option ${key} is ${value}. Give ${expected(option)}.`,
  );
}

function fits(option: DivergenceOption, value: OptionValue): boolean {
  if ("choices" in option) return typeof value === "string" && option.choices.includes(value);
  const { min = -Infinity, above = -Infinity } = option;
  return typeof value === "number" && Number.isFinite(value) && value >= min && value > above;
}

/** What an option's value must be, for messages and for the table. */
export function expected(option: DivergenceOption): string {
  if ("choices" in option) return `one of: ${option.choices.join(", ")}`;
  const { min, above } = option;
  if (min !== undefined) return `a number, at least ${min}`;
  return above === undefined ? "a number" : `a number above ${above}`;
}
