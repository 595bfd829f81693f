/**
 * Fidelity and coverage of a set of samples against a reference set, by nearest neighbours in a
 * space of features. B(y) is the ball around y that reaches to y's k-th neighbour in its own set.
 *
 *     precision = share of samples that lie in B(r) of some reference r                     0 .. 1
 *     recall    = share of references that lie in B(s) of some sample s                     0 .. 1
 *     density   = mean over samples of (number of B(r) that hold it) / k                    0 ..
 *     coverage  = share of references whose B(r) holds a sample                             0 .. 1
 *
 * Precision and recall: Kynkäänniemi et al. 2019; density and coverage: Naeem et al. 2020. All
 * depend on the sizes of the sets: compare only sets of one size, with one reference set.
 */
import { UsageError } from "../errors.js";

/** One vector for each picture. */
export type Features = readonly ArrayLike<number>[];

export interface Neighbourhoods {
  readonly precision: number;
  readonly recall: number;
  readonly density: number;
  readonly coverage: number;
}

/** @throws UsageError where a set has not more than k members. */
export function precisionRecall(reference: Features, samples: Features, k = 3): Neighbourhoods {
  const ofReference = radii(reference, k);
  const ofSamples = radii(samples, k);
  const distances = samples.map((s) => reference.map((r) => squaredDistance(s, r)));
  const held = distances.map((row) => count(row, (d, j) => d <= (ofReference[j] ?? 0)));
  const share = (n: number, all: Features): number => n / all.length;
  const reached = (test: (sample: number, j: number) => boolean): number =>
    count(reference, (_, j) => samples.some((_s, i) => test(i, j)));
  const at = (i: number, j: number): number => distances[i]?.[j] ?? Number.POSITIVE_INFINITY;
  return {
    precision: share(
      count(held, (n) => n > 0),
      samples,
    ),
    recall: share(
      reached((i, j) => at(i, j) <= (ofSamples[i] ?? 0)),
      reference,
    ),
    density: held.reduce((a, b) => a + b, 0) / (k * samples.length),
    coverage: share(
      reached((i, j) => at(i, j) <= (ofReference[j] ?? 0)),
      reference,
    ),
  };
}

/** Squared distance of each member to its k-th neighbour in the set, itself left out. */
function radii(set: Features, k: number): number[] {
  if (set.length <= k) {
    throw new UsageError(
      `precisionRecall: ${set.length} features have no ${k} neighbours each. Give more, or less k.`,
    );
  }
  return set.map((a, i) => {
    const others = set.flatMap((b, j) => (i === j ? [] : [squaredDistance(a, b)]));
    return others.sort((x, y) => x - y)[k - 1] ?? 0;
  });
}

function squaredDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
  return total;
}

function count<T>(items: readonly T[], test: (item: T, i: number) => boolean): number {
  return items.filter(test).length;
}
