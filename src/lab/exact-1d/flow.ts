/**
 * Runs masses to the fixed point of reward against divergence, by Adam on their logits.
 *
 *     p = softmax φ,      e_i = V_i − α r_i,      ∂/∂φ_i = p_i (e_i − Σ_j p_j e_j)
 *
 * V is the divergence's first variation. At a fixed point e is constant where p has mass; `residual`
 * is its standard deviation under p, divided by α.
 */
import type { Divergence } from "./divergence.js";

export interface FlowOptions {
  readonly alpha: number;
  readonly iterations: number;
}

export interface Settled {
  readonly logits: Float64Array;
  readonly masses: Float64Array;
  readonly residual: number;
}

const RATE = 0.05;
const BETA = [0.9, 0.999] as const;
const EPSILON = 1e-8;
/** Keeps every density and every score finite. */
const LEAST_MASS = 1e-250;

export function settle(
  divergence: Divergence,
  reward: Float64Array,
  start: Float64Array,
  { alpha, iterations }: FlowOptions,
): Settled {
  const logits = Float64Array.from(start);
  const m = new Float64Array(logits.length);
  const v = new Float64Array(logits.length);
  for (let t = 1; t <= iterations; t++) {
    const masses = softmax(logits);
    const excess = excessOf(divergence, reward, masses, alpha);
    // The rate falls along a cosine: Adam's steps do not shrink by themselves.
    const rate = RATE * Math.max(0.01, 0.5 * (1 + Math.cos((Math.PI * t) / iterations)));
    const [unbias1, unbias2] = [1 - BETA[0] ** t, 1 - BETA[1] ** t];
    for (let i = 0; i < logits.length; i++) {
      const g = (masses[i] as number) * (excess[i] as number);
      const m_i = BETA[0] * (m[i] as number) + (1 - BETA[0]) * g;
      const v_i = BETA[1] * (v[i] as number) + (1 - BETA[1]) * g * g;
      m[i] = m_i;
      v[i] = v_i;
      const step = (rate * m_i) / unbias1 / (Math.sqrt(v_i / unbias2) + EPSILON);
      logits[i] = (logits[i] as number) - step;
    }
  }
  const masses = softmax(logits);
  const excess = excessOf(divergence, reward, masses, alpha);
  const variance = excess.reduce((sum, e, i) => sum + (masses[i] ?? 0) * e * e, 0);
  return { logits, masses, residual: Math.sqrt(variance) / alpha };
}

/** e_i minus its mean under p. */
function excessOf(
  divergence: Divergence,
  reward: Float64Array,
  masses: Float64Array,
  alpha: number,
): Float64Array {
  const excess = divergence.at(masses).potential;
  let mean = 0;
  for (let i = 0; i < excess.length; i++) {
    const e = (excess[i] as number) - alpha * (reward[i] as number);
    excess[i] = e;
    mean += (masses[i] as number) * e;
  }
  for (let i = 0; i < excess.length; i++) excess[i] = (excess[i] as number) - mean;
  return excess;
}

export function softmax(logits: Float64Array): Float64Array {
  const largest = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = logits.map((value) => Math.max(LEAST_MASS, Math.exp(value - largest)));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((value) => value / total);
}
