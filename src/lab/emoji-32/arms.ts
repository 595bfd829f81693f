/** Arms by registered names: a divergence and its weighting, "pseudo-huber:x0". */
import {
  type Divergence,
  divergenceNamed,
  type Weighting,
  weightingNamed,
} from "../../divergences/index.js";
import { UsageError } from "../../errors.js";
import type { Emoji32Config } from "./config.js";

export interface Arm {
  readonly id: string;
  readonly divergence: string;
  readonly weighting: Weighting;
}

/** Constants in units of the field, for one element of x₀ in [−1, 1]. */
const OF_FIELD = 1e-3;

/** @throws UsageError for what no registry knows. */
export function armsOf({ arms, challenger, defender }: Emoji32Config): Arm[] {
  const all = listOf(arms).map(parseArm);
  for (const side of [challenger, defender]) {
    if (all.some(({ divergence }) => divergence === side)) continue;
    throw new UsageError(
      `No arm has the divergence ${side}. Give --arms one, such as ${side}:x0, or another side.`,
    );
  }
  return all;
}

function parseArm(id: string): Arm {
  const [divergence = "", weighting = "x0", ...more] = id.split(":");
  if (more.length > 0) {
    throw new UsageError(`The arm ${id} is no divergence:weighting. Give one such as kl:x0.`);
  }
  const arm = {
    id: `${divergence}:${weighting}`,
    divergence,
    weighting: weightingNamed(weighting),
  };
  if (divergenceOf(arm, 1).needsDensityRatio) {
    throw new UsageError(
      `The arm ${id} needs a density ratio, which these models have not. Leave it out.`,
    );
  }
  return arm;
}

/** The arm's divergence for samples of D elements, with its default options. */
export function divergenceOf(
  { divergence }: Pick<Arm, "divergence">,
  elements: number,
): Divergence {
  const registered = divergenceNamed(divergence);
  const options = Object.entries(registered.about.options).flatMap(([name, option]) =>
    "ofField" in option ? [[name, OF_FIELD * Math.sqrt(elements)] as const] : [],
  );
  return registered.create(Object.fromEntries(options));
}

/** @throws UsageError unless all are numbers above 0. */
export function strengthsOf({ strengths }: Emoji32Config): number[] {
  const values = listOf(strengths).map(Number);
  if (values.length > 0 && values.every((value) => Number.isFinite(value) && value > 0)) {
    return [...new Set(values)].sort((a, b) => a - b);
  }
  throw new UsageError(
    `--strengths ${strengths} is no list of numbers above 0. Give one like 1,4.`,
  );
}

function listOf(text: string): string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}
