/**
 * Keys of random numbers. A key is a value: it is split, never advanced, and the same key gives the
 * same numbers on every device.
 *
 *     bits = threefry2x32(key, [counter, stream])
 *
 * Streams keep children, folds and numbers of one key apart. Source: Salmon et al., "Parallel random
 * numbers: as easy as 1, 2, 3" (2011).
 */
import { UsageError } from "../errors.js";

type Words = readonly [number, number];

const ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

/** Threefry-2x32 with 20 rounds: 64 random bits for a key and a counter. */
export function threefry([k0, k1]: Words, [c0, c1]: Words): Words {
  const schedule = [k0, k1, 0x1bd11bda ^ k0 ^ k1] as const;
  let x = (c0 + k0) >>> 0;
  let y = (c1 + k1) >>> 0;
  for (let group = 1; group <= 5; group++) {
    for (const turn of ROTATIONS[group % 2 === 1 ? 0 : 1]) {
      x = (x + y) >>> 0;
      y = (((y << turn) | (y >>> (32 - turn))) ^ x) >>> 0;
    }
    x = (x + (schedule[group % 3] ?? 0)) >>> 0;
    y = (y + (schedule[(group + 1) % 3] ?? 0) + group) >>> 0;
  }
  return [x, y];
}

/** What the bits of one key are for. */
export const STREAM = {
  uniform: 0,
  normal: 1,
  split: 2,
  fold: 3,
  host: 4,
  longFold: 5,
  bernoulli: 6,
  bits: 7,
  categorical: 8,
} as const;

/** A key of random numbers: see the header. Two words of 32 bits. */
export class Key {
  readonly words: Words;

  private constructor(words: Words) {
    this.words = words;
  }

  /**
   * The key of a seed: an integer from 0 to 2^53 − 1.
   * @throws UsageError for another number.
   */
  static from(seed: number): Key {
    return new Key(wordsOf("Key.from", seed));
  }

  /** `count` keys, independent of each other and of this one. The first ones do not depend on `count`. */
  split(count = 2): Key[] {
    return Array.from(
      { length: count },
      (_, i) => new Key(threefry(this.words, [i, STREAM.split])),
    );
  }

  /** The key of a number: a training step, a sample's index. */
  fold(n: number): Key {
    const [high, low] = wordsOf("key.fold", n);
    const folded = new Key(threefry(this.words, [low, STREAM.fold]));
    return high === 0 ? folded : new Key(threefry(folded.words, [high, STREAM.longFold]));
  }

  /** The i-th number of this key in [0, 1), on the host, with 53 random bits. */
  uniform(i = 0): number {
    const [a, b] = threefry(this.words, [i, STREAM.host]);
    return ((a >>> 5) * 2 ** 26 + (b >>> 6)) / 2 ** 53;
  }

  /** The i-th integer of this key in [0, below), on the host. */
  integer(below: number, i = 0): number {
    if (!Number.isSafeInteger(below) || below < 1) {
      throw new UsageError(`key.integer: there is no integer in [0, ${below}). Give below ≥ 1.`);
    }
    return Math.floor(this.uniform(i) * below);
  }

  /** The two words, in hexadecimal. */
  toString(): string {
    return `Key(${this.words.map((w) => w.toString(16).padStart(8, "0")).join(" ")})`;
  }
}

function wordsOf(what: string, n: number): Words {
  if (!Number.isSafeInteger(n) || n < 0) {
    throw new UsageError(
      `${what}: ${n} is not an integer from 0 to 2^53 − 1. Give a whole number.`,
    );
  }
  return [Math.floor(n / 2 ** 32), n >>> 0];
}
