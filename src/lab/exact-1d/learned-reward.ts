/**
 * A reward as it is learned from people: pairs from the reference, judged by a hidden utility u* with
 * noise, fitted by a Bradley–Terry model that is linear in 17 bumps.
 *
 *     P(a ≻ b) = σ( u(a) − u(b) ),      u*(x) = 2 sin(x / 2 + 1),      r(x) = Σ_m β_m φ_m(x)
 *     L(β) = −Σ_pairs log σ( r(winner) − r(loser) ) + ½ λ ‖β‖²
 *
 * r is shifted and scaled to mean 0 and standard deviation 1 under the reference.
 */
import type { Key } from "../../tensor/key.js";

const PAIRS = 500;
const BUMPS = 17;
const RIDGE = 0.1;
const STEPS = 400;

/** The reference, as masses at points. */
interface Cells {
  readonly points: Float64Array;
  readonly masses: Float64Array;
}

/** The utility that the comparisons follow. */
export function hiddenUtility(x: number): number {
  return 2 * Math.sin(x / 2 + 1);
}

export function learnedReward({ points, masses }: Cells, key: Key): Float64Array {
  const pairs = Array.from({ length: PAIRS }, (_, n) => {
    const pair = key.fold(n);
    const a = points[draw(masses, pair.uniform(0))] ?? 0;
    const b = points[draw(masses, pair.uniform(1))] ?? 0;
    const wins = pair.uniform(2) < sigmoid(hiddenUtility(a) - hiddenUtility(b));
    return wins ? difference(a, b) : difference(b, a);
  });
  const beta = fitted(pairs);
  const raw = points.map((x) => features(x).reduce((sum, f, m) => sum + f * (beta[m] ?? 0), 0));
  return standardised(raw, masses);
}

/** Bumps one apart and a little wider than that, over all of the line. */
function features(x: number): number[] {
  return Array.from({ length: BUMPS }, (_, m) => {
    const z = (x - (m - (BUMPS - 1) / 2) * 1.25) / 1.25;
    return Math.exp(-(z * z) / 2);
  });
}

function difference(winner: number, loser: number): number[] {
  const other = features(loser);
  return features(winner).map((f, m) => f - (other[m] ?? 0));
}

/** Gradient descent on a convex loss; each step is below 1 / its largest curvature. */
function fitted(pairs: readonly (readonly number[])[]): Float64Array {
  const beta = new Float64Array(BUMPS);
  const rate = 2 / (pairs.length + RIDGE);
  for (let t = 0; t < STEPS; t++) {
    const gradient = beta.map((b) => RIDGE * b);
    for (const pair of pairs) {
      let lead = 0;
      for (let m = 0; m < BUMPS; m++) lead += (pair[m] as number) * (beta[m] as number);
      const pull = sigmoid(-lead);
      for (let m = 0; m < BUMPS; m++) {
        gradient[m] = (gradient[m] as number) - pull * (pair[m] as number);
      }
    }
    for (let m = 0; m < BUMPS; m++) {
      beta[m] = (beta[m] as number) - rate * (gradient[m] as number);
    }
  }
  return beta;
}

function standardised(values: Float64Array, masses: Float64Array): Float64Array {
  const mean = values.reduce((sum, v, i) => sum + v * (masses[i] ?? 0), 0);
  const variance = values.reduce((sum, v, i) => sum + (v - mean) ** 2 * (masses[i] ?? 0), 0);
  return values.map((v) => (v - mean) / Math.sqrt(variance));
}

/** The cell in which the cumulative mass passes `u`. */
function draw(masses: Float64Array, u: number): number {
  let sum = 0;
  const cell = masses.findIndex((mass) => {
    sum += mass;
    return sum > u;
  });
  return cell < 0 ? masses.length - 1 : cell;
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
