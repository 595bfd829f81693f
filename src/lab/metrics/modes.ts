/**
 * Metrics that know the modes of the reference: centres μ_k with widths σ_k. A sample or a cell is
 * of the mode with the least |x − μ_k| / σ_k, and on the manifold within 3 σ_k of it.
 */

export interface Mode {
  readonly centre: number;
  readonly width: number;
}

/** The mode of a point, and how many of its widths away the point lies (signed). */
export function nearestMode(x: number, modes: readonly Mode[]): { k: number; z: number } {
  let best = { k: 0, z: Infinity };
  modes.forEach(({ centre, width }, k) => {
    const z = (x - centre) / width;
    if (Math.abs(z) < Math.abs(best.z)) best = { k, z };
  });
  return best;
}

export interface Weighted {
  readonly points: ArrayLike<number>;
  /** Sums to 1. */
  readonly masses: ArrayLike<number>;
}

/** f_k: the mass of each mode's basin. */
export function modeWeights({ points, masses }: Weighted, modes: readonly Mode[]): number[] {
  const weights = modes.map(() => 0);
  for (let i = 0; i < points.length; i++) {
    const { k } = nearestMode(points[i] ?? 0, modes);
    weights[k] = (weights[k] ?? 0) + (masses[i] ?? 0);
  }
  return weights;
}

/** n_eff = exp(−Σ f_k log f_k): as many equal modes would have this entropy. */
export function effectiveModes(weights: readonly number[]): number {
  return Math.exp(-weights.reduce((sum, f) => sum + (f > 0 ? f * Math.log(f) : 0), 0));
}

/** Mass further than 3 widths from every centre; 1 minus it is the fraction of high quality. */
export function offManifold({ points, masses }: Weighted, modes: readonly Mode[]): number {
  let mass = 0;
  for (let i = 0; i < points.length; i++) {
    if (Math.abs(nearestMode(points[i] ?? 0, modes).z) > 3) mass += masses[i] ?? 0;
  }
  return mass;
}

/** Coverage: the part of the modes with mass ≥ 1 / (10 K) within 3 widths of their centre. */
export function coverage({ points, masses }: Weighted, modes: readonly Mode[]): number {
  const near = modes.map(() => 0);
  for (let i = 0; i < points.length; i++) {
    const { k, z } = nearestMode(points[i] ?? 0, modes);
    if (Math.abs(z) <= 3) near[k] = (near[k] ?? 0) + (masses[i] ?? 0);
  }
  return near.filter((mass) => mass >= 1 / (10 * modes.length)).length / modes.length;
}
