/**
 * Divergences of diffused densities, and their first variation with respect to the masses.
 *
 *     D(p) = Σ_σ ω_σ ∫ π_σ(x) d(…) dx,        V_i = ∂D / ∂p_i,        y = s_p − s_q
 *
 *     KL              π = p_σ          log p_σ / q_σ             V = Kᵀ (log p_σ/q_σ + 1)
 *     score           π = p_σ, frozen  d(y)                      V = K'ᵀ d'(y) − Kᵀ (s_p d'(y))
 *     score, full     π = p_σ          d(y)                      the same + Kᵀ d(y)
 *     SiD(α)          score with d = y², + 2 (1 − α) Kᵀ y²       α = 1: score, α = ½: full
 *
 * K maps masses to p_σ, K' to p_σ'. The score row is the score-divergence theorem of Diff-Instruct*
 * and SIM (their theorem 3.1) for a density instead of a generator: s_p = p_σ' / p_σ, so that
 * ∂ s_p / ∂p_i = (K'_i − s_p K_i) / p_σ, and π = p_σ cancels the denominator.
 */
import { type Diffused, Diffusion, type Level, type Line } from "./diffusion.js";

/** One divergence at one point of one level: its value, and what multiplies K and K'. */
export interface LocalTerm {
  readonly value: number;
  readonly density: number;
  readonly slope: number;
}

/** What a divergence sees at a point. */
export interface Point {
  /** s_p and y = s_p − s_q. */
  readonly s: number;
  readonly y: number;
  /** p_σ / q_σ. */
  readonly ratio: number;
  readonly sigma: number;
}

export type Distance = (point: Point) => LocalTerm;

export const kl: Distance = ({ ratio }) => {
  const value = Math.log(ratio);
  return { value, density: value + 1, slope: 0 };
};

/** SiD(α) in density space: α = 1 is L2 with a frozen sampling density, α = ½ the full L2. */
export const sid =
  (alpha: number): Distance =>
  ({ s, y }) => ({
    value: y * y,
    density: -2 * y * s + 2 * (1 - alpha) * y * y,
    slope: 2 * y,
  });

/** d(y) = √(y² + c²) − c, sampling density frozen; c may depend on σ. */
export const pseudoHuber =
  (at: (sigma: number) => number): Distance =>
  ({ s, y, sigma }) => {
    const c = at(sigma);
    const rho = Math.sqrt(y * y + c * c);
    return { value: rho - c, density: (-y / rho) * s, slope: y / rho };
  };

export interface Variation {
  /** D(p) and ∂D / ∂p_i, sampling densities frozen where the divergence freezes them. */
  readonly value: number;
  readonly potential: Float64Array;
}

/** What a divergence is taken to: masses on a line, at noise levels. */
export interface Reference {
  readonly line: Line;
  readonly sigmas: readonly number[];
  readonly masses: Float64Array;
}

/** A divergence to a fixed reference; `weights` are w(σ) Δ ln σ. */
export class Divergence {
  private readonly diffusion: Diffusion;
  private readonly reference: readonly Diffused[];
  private readonly weights: readonly number[];
  private readonly distance: Distance;

  constructor(
    { line, sigmas, masses }: Reference,
    { distance, weights }: { distance: Distance; weights: readonly number[] },
  ) {
    this.diffusion = new Diffusion(line, sigmas);
    this.reference = this.diffusion.diffuse(masses);
    this.weights = weights;
    this.distance = distance;
  }

  at(masses: Float64Array): Variation {
    let value = 0;
    const parts = this.diffusion.diffuse(masses).map((p, k) => {
      const local = this.level(k, p);
      value += local.value;
      return local;
    });
    return { value, potential: this.diffusion.adjoint(parts) };
  }

  /** The part of one level: its value, and what the transposes of K and K' are applied to. */
  private level(k: number, p: Diffused): Diffused & { readonly value: number } {
    const q = this.reference[k] as Diffused;
    const { sigma, line } = this.diffusion.levels[k] as Level;
    const scale = (this.weights[k] ?? 0) * line.step;
    const n = p.density.length;
    const out = { density: new Float64Array(n), slope: new Float64Array(n) };
    let value = 0;
    for (let j = 0; j < n; j++) {
      const [a, b] = [p.density[j] as number, q.density[j] as number];
      const s = (p.slope[j] as number) / a;
      const y = s - (q.slope[j] as number) / b;
      const term = this.distance({ s, y, ratio: a / b, sigma });
      value += scale * a * term.value;
      out.density[j] = scale * term.density;
      out.slope[j] = scale * term.slope;
    }
    return { ...out, value };
  }
}
