/**
 * Integer randomness for scenes: a counter, hashed.
 *
 *     u_k = mix(mix(seed) + k · 0x9e3779b9)      mix: an invertible xor-shift-multiply on 32 bits
 *
 * Only 32-bit integer arithmetic, so the same seed gives the same scene on every machine.
 * Constants: the "lowbias32" mixer of Chris Wellons (public domain).
 */

/** One round of an invertible 32-bit hash. */
export function mix(value: number): number {
  let x = value >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/** The seed of the `index`-th child of `seed`: one stream for each scene of a batch. */
export function childSeed(seed: number, index: number): number {
  return mix((mix(seed) + Math.imul(index + 1, 0x9e3779b9)) | 0);
}

/** A stream of integers; every draw advances the counter by one. */
export class Rng {
  private counter = 0;
  private readonly key: number;

  constructor(seed: number) {
    this.key = mix(seed);
  }

  /** Uniform over 0 .. 2³² − 1. */
  next(): number {
    this.counter = (this.counter + 1) | 0;
    return mix((this.key + Math.imul(this.counter, 0x9e3779b9)) | 0);
  }

  /** Uniform over 0 .. n − 1 (bias below n / 2³²). */
  below(n: number): number {
    return Math.floor((this.next() / 0x1_0000_0000) * n);
  }

  /** Uniform over the integers low .. high, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** One of the items, each with the same probability. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  /** An index, drawn in proportion to integer weights. */
  weighted(weights: readonly number[]): number {
    let rest = this.below(weights.reduce((a, b) => a + b, 0));
    for (const [index, weight] of weights.entries()) {
      if (rest < weight) return index;
      rest -= weight;
    }
    return weights.length - 1;
  }
}
