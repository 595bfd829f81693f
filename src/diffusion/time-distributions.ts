/**
 * Time distributions π: which noise levels a loss is drawn at, between sigma_min and sigma_max.
 *
 *     σ = quantile(u),  u ~ U[0, 1)        density(σ) = du/dσ
 *
 * A weighting and a distribution multiply: what counts is w(σ) π(σ).
 */
import { UsageError } from "../errors.js";
import { normalCdf, normalPdf } from "../ops/shared/erf.js";
import type { Key } from "../tensor/key.js";

export interface NoiseRange {
  readonly sigma_min: number;
  readonly sigma_max: number;
}

export interface TimeDistribution extends NoiseRange {
  readonly name: string;
  /** σ below which a share u of the draws lies; u in [0, 1] */
  quantile(u: number): number;
  /** π(σ) dσ; 0 outside. Of a single level it is infinite there. */
  density(sigma: number): number;
}

/** A distribution for any range, known by name. */
export interface TimeFamily {
  readonly formula: string;
  readonly source: string;
  readonly use: string;
  make(range: NoiseRange): TimeDistribution;
}

/** n noise levels; the same key gives the same levels. */
export function drawSigmas(key: Key, n: number, { quantile }: TimeDistribution): number[] {
  return Array.from({ length: n }, (_, i) => quantile(key.fold(i).uniform()));
}

/** ln σ uniform: the density under which w = σ² with the L2 score divergence is clean KL. */
export function logUniform({ sigma_min, sigma_max }: NoiseRange): TimeDistribution {
  const span = Math.log(sigma_max / sigma_min);
  return within(
    "log-uniform",
    { sigma_min, sigma_max },
    {
      quantile: (u) => sigma_min * Math.exp(span * u),
      density: (sigma) => 1 / (sigma * span),
    },
  );
}

/** ln σ ~ N(P_mean, P_std²) given the range (EDM, table 1: −1.2 and 1.2). */
export function logNormal(
  range: NoiseRange,
  { P_mean = -1.2, P_std = 1.2 }: { readonly P_mean?: number; readonly P_std?: number } = {},
): TimeDistribution {
  const place = (sigma: number): number => (Math.log(sigma) - P_mean) / P_std;
  const low = normalCdf(place(range.sigma_min));
  const mass = normalCdf(place(range.sigma_max)) - low;
  return within("log-normal", range, {
    quantile: (u) => bisect(range, (sigma) => (normalCdf(place(sigma)) - low) / mass, u),
    density: (sigma) => normalPdf(place(sigma)) / (P_std * sigma * mass),
  });
}

/**
 * Karras' grid as a density: σ^(1/ρ) uniform, up to the share `upTo` of the way. SiD draws with
 * upTo = 0.8: from 0.002 to 24.4 where the range ends at 80.
 */
export function karras(
  { sigma_min, sigma_max }: NoiseRange,
  { rho = 7, upTo = 1, name = "karras" } = {},
): TimeDistribution {
  const low = sigma_min ** (1 / rho);
  const span = upTo * (sigma_max ** (1 / rho) - low);
  const at = (u: number): number => (low + u * span) ** rho;
  return within(
    name,
    { sigma_min, sigma_max: upTo === 1 ? sigma_max : at(1) },
    {
      quantile: at,
      density: (sigma) => sigma ** (1 / rho - 1) / (rho * span),
    },
  );
}

/**
 * t uniform over Stable Diffusion's 1000 steps, σ = √(1 − ᾱ_t) / √ᾱ_t, β "scaled linear"; between
 * steps ln σ is linear in t. `cut` leaves out that share of the times at either end (DMD: 0.02).
 */
export function uniformTime(
  range: NoiseRange,
  { cut = 0, name = "uniform-t" } = {},
): TimeDistribution {
  const table = scaledLinearLogSigmas();
  const [first, last] = [timeOf(table, range.sigma_min), timeOf(table, range.sigma_max)];
  const [low, high] = [first + cut * (last - first), last - cut * (last - first)];
  const at = (u: number): number => sigmaAt(table, low + u * (high - low));
  if (low < high) {
    return within(
      name,
      { sigma_min: at(0), sigma_max: at(1) },
      {
        quantile: at,
        density: (sigma) => 1 / (sigma * slope(table, timeOf(table, sigma)) * (high - low)),
      },
    );
  }
  throw new UsageError(
    `${name}: the steps of the schedule go from σ 0.0292 to 14.6, none of which lies between ` +
      `${range.sigma_min} and ${range.sigma_max}. Give another range.`,
  );
}

/** One level: the smallest. */
export function smallestNoise({ sigma_min }: NoiseRange): TimeDistribution {
  return {
    name: "smallest",
    sigma_min,
    sigma_max: sigma_min,
    quantile: () => sigma_min,
    density: (sigma) => (sigma === sigma_min ? Infinity : 0),
  };
}

export const timeDistributions: Readonly<Record<string, TimeFamily>> = {
  "log-uniform": {
    formula: "ln σ uniform",
    source: "de Bruijn's identity",
    use: "the default; with w = σ² and l2 or fisher it is the KL of clean samples",
    make: logUniform,
  },
  "log-normal": {
    formula: "ln σ ~ N(−1.2, 1.2²)",
    source: "EDM, table 1; Diff-Instruct",
    use: "the middle levels, where EDM's networks are best",
    make: (range) => logNormal(range),
  },
  "uniform-t": {
    formula: "t uniform in 0…999 of Stable Diffusion's schedule",
    source: "DDPM's training",
    use: "to match models that were trained in discrete time",
    make: (range) => uniformTime(range),
  },
  dmd: {
    formula: "t uniform in 2 % … 98 % of the schedule",
    source: "DMD2 (arXiv 2405.14867), SiD-LSG",
    use: "DMD's practice: neither end of the schedule",
    make: (range) => uniformTime(range, { cut: 0.02, name: "dmd" }),
  },
  karras: {
    formula: "σ^(1/7) uniform",
    source: "EDM, eq. 5, as a density",
    use: "nearly log-uniform, with a little more high noise",
    make: (range) => karras(range),
  },
  sid: {
    formula: "σ^(1/7) uniform in the lower 80 %",
    source: "SiD (arXiv 2404.04057)",
    use: "SiD's practice: without the highest noise",
    make: (range) => karras(range, { upTo: 0.8, name: "sid" }),
  },
  smallest: {
    formula: "σ = σ_min",
    source: "the limit of clean samples",
    use: "kl here is clean-kl",
    make: smallestNoise,
  },
};

/** @throws UsageError that lists the names, or says that the range is empty. */
export function timeDistribution(name: string, range: NoiseRange): TimeDistribution {
  const family = Object.hasOwn(timeDistributions, name) ? timeDistributions[name] : undefined;
  if (!family) {
    const known = Object.keys(timeDistributions).join(", ");
    throw new UsageError(`There is no time distribution ${name}. Known: ${known}.`);
  }
  return family.make(range);
}

/** A distribution that is 0 outside of its range. */
function within(
  name: string,
  range: NoiseRange,
  inside: Pick<TimeDistribution, "quantile" | "density">,
): TimeDistribution {
  const { sigma_min, sigma_max } = range;
  return {
    name,
    sigma_min,
    sigma_max,
    quantile: inside.quantile,
    density: (sigma) => (sigma < sigma_min || sigma > sigma_max ? 0 : inside.density(sigma)),
  };
}

/** σ with cdf(σ) = u, for a rising cdf. */
function bisect(
  { sigma_min, sigma_max }: NoiseRange,
  cdf: (sigma: number) => number,
  u: number,
): number {
  let [low, high] = [Math.log(sigma_min), Math.log(sigma_max)];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (cdf(Math.exp(middle)) < u) low = middle;
    else high = middle;
  }
  return Math.exp((low + high) / 2);
}

/** ln σ at t = 0…999: β_t = (√0.00085 … √0.012)², evenly spaced roots. */
function scaledLinearLogSigmas(): number[] {
  let alphaBar = 1;
  return Array.from({ length: 1000 }, (_, t) => {
    const root = Math.sqrt(0.00085) + (t / 999) * (Math.sqrt(0.012) - Math.sqrt(0.00085));
    alphaBar *= 1 - root * root;
    return 0.5 * Math.log((1 - alphaBar) / alphaBar);
  });
}

function sigmaAt(table: readonly number[], t: number): number {
  const i = Math.min(table.length - 2, Math.floor(t));
  const low = table[i] ?? 0;
  return Math.exp(low + (t - i) * slope(table, t));
}

/** d ln σ / dt */
function slope(table: readonly number[], t: number): number {
  const i = Math.min(table.length - 2, Math.floor(t));
  return (table[i + 1] ?? 0) - (table[i] ?? 0);
}

/** The time of a noise level, held within the table. */
function timeOf(table: readonly number[], sigma: number): number {
  const log = Math.log(sigma);
  const above = table.findIndex((value) => value >= log);
  if (above === -1) return table.length - 1;
  if (above === 0) return 0;
  const low = table[above - 1] ?? 0;
  return above - 1 + (log - low) / ((table[above] ?? 0) - low);
}
