/** Divergences by name: the command line, the table of docs/divergences.md and the laws read it. */
import { UsageError } from "../errors.js";
import { cleanKl } from "./clean-kl.js";
import type { OptionValue, RegisteredDivergence } from "./define.js";
import { detachedL2 } from "./detached.js";
import type { Divergence } from "./divergence.js";
import { dmd } from "./dmd.js";
import { fDistill } from "./f-distill.js";
import { fisher } from "./fisher.js";
import { kl } from "./kl.js";
import { l2 } from "./l2.js";
import { power } from "./power.js";
import { pseudoHuber } from "./pseudo-huber.js";
import { sid } from "./sid.js";

export const divergences: Readonly<Record<string, RegisteredDivergence>> = {
  "pseudo-huber": pseudoHuber,
  l2,
  power,
  fisher,
  sid,
  kl,
  "clean-kl": cleanKl,
  dmd,
  "f-distill": fDistill,
  "detached-l2": detachedL2,
};

/** Its registration by name. @throws UsageError that lists the names. */
export function divergenceNamed(name: string): RegisteredDivergence {
  const found = Object.hasOwn(divergences, name) ? divergences[name] : undefined;
  if (found) return found;
  const known = Object.keys(divergences).join(", ");
  throw new UsageError(`There is no divergence ${name}. Known: ${known}.`);
}

/** A divergence by its name and options: createDivergence("power", { p: 1.2 }) */
export function createDivergence(
  name: string,
  options: Readonly<Record<string, OptionValue>> = {},
): Divergence {
  return divergenceNamed(name).create(options);
}
