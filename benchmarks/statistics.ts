/** What a handful of times says. */
export interface Summary {
  readonly medianMs: number;
  readonly minMs: number;
  /** Half the distance between the quartiles, as a part of the median. */
  readonly spread: number;
  readonly samples: number;
}

/** The value below which the part q of the sorted list lies, between neighbours on a line. */
export function quantile(sorted: readonly number[], q: number): number {
  const position = q * (sorted.length - 1);
  const low = sorted[Math.floor(position)] ?? Number.NaN;
  const high = sorted[Math.ceil(position)] ?? low;
  return low + (high - low) * (position - Math.floor(position));
}

export function summarise(times: readonly number[]): Summary {
  const sorted = times.toSorted((a, b) => a - b);
  const medianMs = quantile(sorted, 0.5);
  const spread = (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / 2 / medianMs;
  return { medianMs, minMs: sorted[0] ?? Number.NaN, spread, samples: sorted.length };
}

/** max |got − want| / max |want|: NaN and a missing value are infinitely wrong. */
export function relativeError(got: Float64Array, want: Float64Array): number {
  let difference = 0;
  let largest = 0;
  want.forEach((target, i) => {
    const error = Math.abs((got[i] ?? Number.NaN) - target);
    difference = Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(difference, error);
    largest = Math.max(largest, Math.abs(target));
  });
  return difference === 0 ? 0 : difference / (largest || 1);
}
