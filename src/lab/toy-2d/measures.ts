/**
 * Measures of samples, or of a density's cells, against the problem's reference.
 *
 *     modes       n_eff, coverage, high quality: from the points, each of its nearest component; on
 *                 the manifold within 3 s
 *     densities   entropy, KL(p ‖ q), recall: both densities smoothed by N(0, h²) on one grid, so
 *                 that samples have a density, and the reference is known exactly
 */
import { effectiveModes, entropy, kl, recall } from "../metrics/index.js";
import type { Point } from "./mixture.js";
import type { Problem } from "./problem.js";

export interface Measures {
  readonly effectiveModes: number;
  readonly coverage: number;
  /** Fraction of high quality; 1 minus it is off the manifold. */
  readonly quality: number;
  readonly entropy: number;
  readonly kl: number;
  readonly recall: number;
  readonly [measure: string]: number;
}

/** Points with masses that sum to 1. */
export interface Cloud {
  /** x and y of each, one after the other. */
  readonly points: ArrayLike<number>;
  readonly masses: ArrayLike<number>;
}

const SIDE = 128;

export class Grid {
  readonly side = SIDE;
  readonly step: number;
  /** h of the smoothing. */
  readonly bandwidth: number;
  /** The smoothed reference, masses of the cells. */
  readonly reference: Float64Array;
  private readonly problem: Problem;
  private readonly kernel: Float64Array;

  constructor(problem: Problem) {
    this.problem = problem;
    this.step = (2 * problem.reach) / SIDE;
    this.bandwidth = problem.width / 2;
    this.kernel = gaussian(this.bandwidth / this.step);
    this.reference = normalised(this.cells((at) => this.density(at, this.bandwidth)));
  }

  /** Centre of a cell. */
  at(i: number): Point {
    const of = (n: number): number => (n + 0.5) * this.step - this.problem.reach;
    return [of(i % SIDE), of(Math.floor(i / SIDE))];
  }

  /** Centres of all cells, x and y one after the other. */
  points(): Float64Array {
    return Float64Array.from({ length: 2 * SIDE * SIDE }, (_, i) => this.at(i >> 1)[i & 1] ?? 0);
  }

  /** The reference itself, masses of the cells. */
  exact(): Float64Array {
    return normalised(this.cells((at) => this.density(at, 0)));
  }

  /** Masses of the cells after smoothing; what lies outside counts to the border. */
  smoothed({ points, masses }: Cloud): Float64Array {
    const cells = new Float64Array(SIDE * SIDE);
    const cell = (value: number): number => {
      const i = Math.floor((value + this.problem.reach) / this.step);
      return Math.min(SIDE - 1, Math.max(0, Number.isNaN(i) ? 0 : i));
    };
    for (let i = 0; i < masses.length; i++) {
      const k = cell(points[2 * i + 1] ?? 0) * SIDE + cell(points[2 * i] ?? 0);
      cells[k] = (cells[k] ?? 0) + (masses[i] ?? 0);
    }
    const rows = convolved(cells, this.kernel, { along: 1, across: SIDE });
    return normalised(convolved(rows, this.kernel, { along: SIDE, across: 1 }));
  }

  private density([x, y]: Point, bandwidth: number): number {
    const { means, weights, width } = this.problem;
    const v = width ** 2 + bandwidth ** 2;
    return means.reduce((sum, [a, b], k) => {
      const d2 = (x - a) ** 2 + (y - b) ** 2;
      return sum + (weights[k] ?? 0) * Math.exp(-d2 / (2 * v));
    }, 1e-300);
  }

  private cells(f: (at: Point) => number): Float64Array {
    return Float64Array.from({ length: SIDE * SIDE }, (_, i) => f(this.at(i)));
  }
}

export function measure(grid: Grid, problem: Problem, cloud: Cloud): Measures {
  const { weights, quality } = modesOf(problem, cloud);
  const p = grid.smoothed(cloud);
  const total = weights.reduce((a, b) => a + b, 0);
  return {
    effectiveModes: effectiveModes(weights.map((w) => w / total)),
    coverage: weights.filter((w) => w >= 1 / (10 * weights.length)).length / weights.length,
    quality,
    entropy: entropy(p, grid.step ** 2),
    kl: kl(p, grid.reference),
    recall: recall(p, grid.reference),
  };
}

/** Mass within 3 s of each component, of the points that are nearest to it; and all of it. */
export function modesOf(
  { means, width }: Problem,
  { points, masses }: Cloud,
): { weights: number[]; quality: number } {
  const weights = means.map(() => 0);
  let quality = 0;
  for (let i = 0; i < masses.length; i++) {
    let [best, least] = [0, Infinity];
    means.forEach(([a, b], k) => {
      const d2 = ((points[2 * i] ?? 0) - a) ** 2 + ((points[2 * i + 1] ?? 0) - b) ** 2;
      if (d2 < least) [best, least] = [k, d2];
    });
    if (least > (3 * width) ** 2) continue;
    weights[best] = (weights[best] ?? 0) + (masses[i] ?? 0);
    quality += masses[i] ?? 0;
  }
  return { weights, quality };
}

function gaussian(width: number): Float64Array {
  const half = Math.ceil(4 * width);
  return normalised(
    Float64Array.from({ length: 2 * half + 1 }, (_, i) =>
      Math.exp(-((i - half) ** 2) / (2 * width ** 2)),
    ),
  );
}

function normalised(values: Float64Array): Float64Array {
  const total = values.reduce((a, b) => a + b, 0);
  return values.map((value) => value / total);
}

/** Along one axis of a square; `along` and `across` are the strides of the two. */
function convolved(
  cells: Float64Array,
  kernel: Float64Array,
  { along, across }: { along: number; across: number },
): Float64Array {
  const out = new Float64Array(cells.length);
  const half = (kernel.length - 1) / 2;
  for (let line = 0; line < SIDE; line++) {
    for (let i = 0; i < SIDE; i++) {
      const mass = cells[line * across + i * along] as number;
      if (mass === 0) continue;
      for (let k = -half; k <= half; k++) {
        const j = i + k;
        if (j < 0 || j >= SIDE) continue;
        const at = line * across + j * along;
        out[at] = (out[at] as number) + mass * (kernel[k + half] as number);
      }
    }
  }
  return out;
}
