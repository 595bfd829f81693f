/**
 * Paired bootstrap over seeds: differences are drawn again with replacement, and their mean's
 * distribution gives interval and p-value (percentile method, Efron & Tibshirani 1993).
 *
 *     interval   quantiles (1 ± confidence) / 2 of the means
 *     p          2 min( P(mean ≤ 0), P(mean ≥ 0) ), with 1 added to both counts, at most 1
 */
import { UsageError } from "../../errors.js";
import type { Key } from "../../tensor/key.js";

export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** Two-sided, of the mean being 0. */
  readonly p: number;
}

export interface BootstrapOptions {
  readonly key: Key;
  readonly resamples?: number;
  readonly confidence?: number;
}

/** The same draws serve every comparison over the same seeds, so that these stay paired. */
export class PairedBootstrap {
  private readonly draws: Int32Array;
  private readonly seeds: number;
  private readonly resamples: number;
  private readonly confidence: number;

  constructor(seeds: number, { key, resamples = 10_000, confidence = 0.95 }: BootstrapOptions) {
    if (seeds < 2) {
      throw new UsageError(
        `PairedBootstrap: ${seeds} seeds leave nothing to draw from. Give 2 or more.`,
      );
    }
    this.seeds = seeds;
    this.resamples = resamples;
    this.confidence = confidence;
    this.draws = Int32Array.from({ length: seeds * resamples }, (_, i) => key.integer(seeds, i));
  }

  /** One difference for each seed. */
  interval(differences: readonly number[]): Interval {
    const { seeds, resamples } = this;
    if (differences.length !== seeds) {
      throw new UsageError(
        `PairedBootstrap: ${differences.length} differences for ${seeds} seeds. Give one for each.`,
      );
    }
    const means = new Float64Array(resamples);
    for (let b = 0; b < resamples; b++) {
      let sum = 0;
      for (let i = 0; i < seeds; i++) sum += differences[this.draws[b * seeds + i] ?? 0] ?? 0;
      means[b] = sum / seeds;
    }
    means.sort();
    const below = means.filter((m) => m <= 0).length;
    const above = means.filter((m) => m >= 0).length;
    const tail = (1 - this.confidence) / 2;
    return {
      mean: differences.reduce((a, b) => a + b, 0) / seeds,
      low: quantile(means, tail),
      high: quantile(means, 1 - tail),
      p: Math.min(1, (2 * (Math.min(below, above) + 1)) / (resamples + 1)),
    };
  }
}

/** Quantile of sorted values, linear between neighbours. */
export function quantile(sorted: ArrayLike<number>, part: number): number {
  const at = part * (sorted.length - 1);
  const [low, high] = [Math.floor(at), Math.ceil(at)];
  const [a, b] = [sorted[low] ?? Number.NaN, sorted[high] ?? Number.NaN];
  return a + (b - a) * (at - low);
}
