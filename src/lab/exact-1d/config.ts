/** What decides a run of exact-1d. */
import type { ConfigField } from "../experiment.js";

export interface Exact1dConfig {
  /** "few": the arms that a minute allows. */
  readonly arms: string;
  readonly instances: number;
  readonly levels: number;
  readonly iterations: number;
  readonly seed: number;
}

export const QUICK: Exact1dConfig = {
  arms: "few",
  instances: 2,
  levels: 8,
  iterations: 30,
  seed: 1,
};

export const FULL: Exact1dConfig = {
  arms: "all",
  instances: 10,
  levels: 14,
  iterations: 250,
  seed: 1,
};

export const FIELDS: { readonly [K in keyof Exact1dConfig]: ConfigField } = {
  arms: { what: "which arms run", choices: ["few", "all"] },
  instances: {
    what: "problems drawn at random that the claim is judged on, besides the published one",
    whole: true,
    min: 0,
    max: 1000,
    value: "n",
  },
  levels: { what: "noise levels from 0.15 to 8", whole: true, min: 2, max: 100, value: "n" },
  iterations: {
    what: "Adam's iterations for each fixed point",
    whole: true,
    min: 1,
    max: 100_000,
    value: "n",
  },
  seed: {
    what: "seed of the problems, of the learned reward's pairs and of the bootstrap",
    whole: true,
    min: 0,
    max: 2 ** 32 - 1,
    value: "n",
  },
};
