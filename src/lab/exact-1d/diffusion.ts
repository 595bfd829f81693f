/**
 * A density on a line and its diffused versions, exactly.
 *
 *     atoms   p = Σ_i p_i δ(x − x_i),            x_i = i h,  i = −I … I
 *     level   p_σ(x) = Σ_i p_i N(x; x_i, σ²),    p_σ'(x),  s(x) = p_σ'(x) / p_σ(x)
 *
 * Levels are reached one from another, p_σ' = N(0, σ'² − σ²) * p_σ, each on a grid of its own with
 * 2 to 4 points for each σ and 6 σ of room on both sides. There the trapezoidal rule is exact to 1e-7
 * wherever the density is above 1e-6, all terms are positive, and a step costs some tens of products
 * for each point. Both maps are linear; `adjoint` is their transpose, so that derivatives are those of
 * the numbers computed here.
 */

/** The points i · step, i = −half … half. */
export interface Line {
  readonly half: number;
  readonly step: number;
}

/** A density on a line and its derivative. */
export interface Diffused {
  readonly density: Float64Array;
  readonly slope: Float64Array;
}

/** Beyond 7 s a Gaussian has 3e-12 of its mass. */
const REACH = 7;

/** The kernel N(0, s²) and its derivative at multiples of the source's step, to REACH · s. */
interface Kernel {
  readonly reach: number;
  readonly value: Float64Array;
  readonly slope: Float64Array;
}

interface Stage {
  readonly source: Line;
  readonly line: Line;
  /** Steps of the source for one step of the line. */
  readonly ratio: number;
  readonly kernel: Kernel;
}

export interface Level {
  readonly sigma: number;
  readonly line: Line;
}

export class Diffusion {
  readonly levels: readonly Level[];
  private readonly stages: readonly Stage[];

  /** `sigmas` rise. */
  constructor(atoms: Line, sigmas: readonly number[]) {
    const stages: Stage[] = [];
    let before = 0;
    for (const sigma of sigmas) {
      const last = stages.at(-1);
      const source = last?.line ?? atoms;
      const spread = Math.sqrt(sigma * sigma - before * before);
      const line = lineFor(atoms, source, sigma);
      const ratio = Math.round(line.step / source.step);
      // Atoms carry masses, later levels densities: there the kernel brings the step along.
      const kernel = gaussian(spread, source.step, last === undefined ? 1 : source.step);
      stages.push({ source, line, ratio, kernel });
      before = sigma;
    }
    this.stages = stages;
    this.levels = stages.map(({ line }, k) => ({ line, sigma: sigmas[k] ?? 0 }));
  }

  /** Masses of the atoms [2 I + 1] → density and slope at every level. */
  diffuse(masses: Float64Array): Diffused[] {
    let input = masses;
    return this.stages.map((stage) => {
      const out = forward(stage, input);
      input = out.density;
      return out;
    });
  }

  /** The transpose of `diffuse`: Σ_σ (∂ density)ᵀ u_σ + (∂ slope)ᵀ v_σ, for each atom. */
  adjoint(parts: readonly Diffused[]): Float64Array {
    let carried: Float64Array | undefined;
    for (let k = this.stages.length - 1; k >= 0; k--) {
      const [stage, part] = [this.stages[k], parts[k]];
      if (!stage || !part) continue;
      const u = part.density.slice();
      if (carried) for (let j = 0; j < u.length; j++) u[j] = (u[j] ?? 0) + (carried[j] ?? 0);
      carried = transposed(stage, u, part.slope);
    }
    return carried ?? new Float64Array();
  }
}

export function pointsOf({ half, step }: Line): Float64Array {
  return Float64Array.from({ length: 2 * half + 1 }, (_, i) => (i - half) * step);
}

/** Steps are those of the source, or doubled as long as σ still holds 2 of them. */
function lineFor(atoms: Line, source: Line, sigma: number): Line {
  let step = source.step;
  while (2 * step * 2 <= sigma) step *= 2;
  return { step, half: Math.ceil((atoms.half * atoms.step + 6 * sigma) / step) };
}

function gaussian(spread: number, step: number, scale: number): Kernel {
  const reach = Math.ceil((REACH * spread) / step);
  const value = new Float64Array(2 * reach + 1);
  const slope = new Float64Array(2 * reach + 1);
  for (let t = -reach; t <= reach; t++) {
    const z = (t * step) / spread;
    const density = (scale * Math.exp((-z * z) / 2)) / (spread * Math.sqrt(2 * Math.PI));
    value[t + reach] = density;
    // By the source's offset: the target lies at −t.
    slope[t + reach] = (density * z) / spread;
  }
  return { reach, value, slope };
}

function forward({ source, line, ratio, kernel }: Stage, input: Float64Array): Diffused {
  const n = 2 * line.half + 1;
  const { reach, value, slope } = kernel;
  const out = { density: new Float64Array(n), slope: new Float64Array(n) };
  for (let j = 0; j < n; j++) {
    const centre = (j - line.half) * ratio + source.half;
    const [from, to] = [Math.max(0, centre - reach), Math.min(2 * source.half, centre + reach)];
    let [a, b] = [0, 0];
    for (let i = from, t = from - centre + reach; i <= to; i++, t++) {
      const mass = input[i] as number;
      a += (value[t] as number) * mass;
      b += (slope[t] as number) * mass;
    }
    out.density[j] = a;
    out.slope[j] = b;
  }
  return out;
}

function transposed(stage: Stage, u: Float64Array, v: Float64Array): Float64Array {
  const { source, line, ratio, kernel } = stage;
  const { reach, value, slope } = kernel;
  const out = new Float64Array(2 * source.half + 1);
  for (let j = 0; j < u.length; j++) {
    const [a, b] = [u[j] as number, v[j] as number];
    const centre = (j - line.half) * ratio + source.half;
    const [from, to] = [Math.max(0, centre - reach), Math.min(2 * source.half, centre + reach)];
    for (let i = from, t = from - centre + reach; i <= to; i++, t++) {
      out[i] = (out[i] as number) + (value[t] as number) * a + (slope[t] as number) * b;
    }
  }
  return out;
}
