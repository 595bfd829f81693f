/**
 * Arms by name: a registered divergence with its options, its weighting, and where the assistant's
 * score comes from.
 *
 *     kl                              the divergence alone: weighting sigma2
 *     pseudo-huber:c=0.1@x0           an option, a weighting
 *     power:p=1.2:c=0.1@score         two options
 *     fisher@sigma2+oracle            scores of the generator's own samples, no network
 */
import type { OptionValue } from "../../divergences/define.js";
import type { Divergence } from "../../divergences/divergence.js";
import { divergenceNamed } from "../../divergences/registry.js";
import { type Weighting, weightingNamed } from "../../divergences/weightings.js";
import { UsageError } from "../../errors.js";

export interface Arm {
  /** As above; arms of one id are the same. */
  readonly id: string;
  readonly divergence: Divergence;
  readonly weighting: Weighting;
  /** The assistant is exact up to the noise of samples. */
  readonly oracle: boolean;
}

const ORACLE = "+oracle";
const DEFAULT_WEIGHTING = "sigma2";

/** @throws UsageError for an unknown divergence, option or weighting. */
export function parseArm(text: string): Arm {
  const oracle = text.endsWith(ORACLE);
  const [spec = "", weight = DEFAULT_WEIGHTING] = (
    oracle ? text.slice(0, -ORACLE.length) : text
  ).split("@");
  const [name = "", ...options] = spec.split(":");
  const divergence = divergenceNamed(name).create(Object.fromEntries(options.map(parseOption)));
  const weighting = weightingNamed(weight);
  return {
    id: `${spec}@${weighting.name}${oracle ? ORACLE : ""}`,
    divergence,
    weighting,
    oracle,
  };
}

function parseOption(text: string): [string, OptionValue] {
  const [name = "", value] = text.split("=");
  if (value === undefined || name === "" || value === "") {
    throw new UsageError(
      `An arm's option is "${text}". Write name=value, as in pseudo-huber:c=0.1@x0.`,
    );
  }
  const number = Number(value);
  return [name, Number.isNaN(number) ? value : number];
}

/** The default's c: 10⁻³ for each element of data in [−1, 1], on x₀-predictions of this spread. */
const C = "0.004";
const WEIGHTS = ["score", "x0", "low-noise", "sid"] as const;

/** Both sides of the claim: the papers' default against integral KL, each with every weighting. */
export const CHALLENGERS = WEIGHTS.map((weight) => `pseudo-huber:c=${C}@${weight}`);
export const DEFENDERS = WEIGHTS.map((weight) => `kl@${weight}`);

const OTHERS = [
  "clean-kl@score",
  "l2@sigma2",
  "l2@sid",
  "l2@x0",
  "l2@score",
  "fisher@sigma2",
  "fisher@score",
  "sid:alpha=0.75@sigma2",
  "sid:alpha=1.2@sigma2",
  "pseudo-huber:c=0.1@x0",
  "pseudo-huber:c=1@x0",
  "detached-l2@sigma2",
  "f-distill:f=js@score",
  "kl@score+oracle",
  "fisher@sigma2+oracle",
];

const FEW = [
  "pseudo-huber:c=0.004@x0",
  "kl@score",
  "l2@sigma2",
  "l2@score",
  "fisher@sigma2",
  "detached-l2@sigma2",
];

/** The arms of `all`, of `few`, or of a list that is joined by commas. */
export function armsNamed(list: string): Arm[] {
  const named = { all: [...CHALLENGERS, ...DEFENDERS, ...OTHERS], few: FEW } as const;
  const specs = Object.hasOwn(named, list) ? named[list as keyof typeof named] : list.split(",");
  const arms = specs.map((spec) => parseArm(spec.trim()));
  return [...new Map(arms.map((arm) => [arm.id, arm])).values()];
}
