/**
 * Win rate of one set of pictures over another, judged pair by pair; a tie is half a win.
 *
 *     p̂ = wins / n,      interval = (p̂ + z²/2n ± z √(p̂(1 − p̂)/n + z²/4n²)) / (1 + z²/n)
 *
 * (Wilson 1927, z = 1.96 for 95 %). It treats pairs as independent.
 */
import { ShapeError } from "../errors.js";

export interface WinRate {
  readonly rate: number;
  readonly low: number;
  readonly high: number;
  readonly pairs: number;
}

const Z = 1.959963984540054;

/** Scores of A and of B, pair by pair → how often A is preferred. */
export function winRate(a: ArrayLike<number>, b: ArrayLike<number>): WinRate {
  const n = a.length;
  if (n !== b.length || n === 0) {
    throw new ShapeError(
      `winRate: ${n} scores against ${b.length}. Give one of each side for every pair.`,
    );
  }
  let wins = 0;
  for (let i = 0; i < n; i++) wins += (Math.sign((a[i] ?? 0) - (b[i] ?? 0)) + 1) / 2;
  return wilson(wins / n, n);
}

/** The interval of a rate that was seen over n pairs. */
export function wilson(rate: number, pairs: number, z = Z): WinRate {
  const scale = 1 + (z * z) / pairs;
  const centre = (rate + (z * z) / (2 * pairs)) / scale;
  const spread = (rate * (1 - rate)) / pairs + (z * z) / (4 * pairs * pairs);
  const half = (z * Math.sqrt(spread)) / scale;
  return { rate, low: centre - half, high: centre + half, pairs };
}
