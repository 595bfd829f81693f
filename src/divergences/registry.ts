/** Divergences by name, for the command line. One line for each. */
import type { Divergence } from "./divergence.js";
import { kl } from "./kl.js";
import { l2 } from "./l2.js";
import { pseudoHuber } from "./pseudo-huber.js";
import { sid } from "./sid.js";

/** Options that a divergence may read; each has a default. */
export interface DivergenceOptions {
  /** Pseudo-Huber's c, in units of the field. */
  readonly c: number;
  /** SiD's α. */
  readonly alpha: number;
}

/** Divergences by their names on the command line. */
export const divergences: Readonly<Record<string, (options: DivergenceOptions) => Divergence>> = {
  "pseudo-huber": pseudoHuber,
  l2,
  kl,
  sid,
};
