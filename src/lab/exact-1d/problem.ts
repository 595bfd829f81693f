/**
 * The problem: a mixture of four Gaussians on a line of 321 points, [−10, 10].
 *
 *     q ∝ Σ_k w_k N(x; μ_k, σ_k²)
 *
 * Instance 0 has μ = ±2, ±6, σ = 0.45 and equal weights. Every other instance is drawn by its seed:
 * μ_k moves by up to 0.3, σ_k and w_k by factors up to e^±0.2 and e^±0.3.
 */
import type { Key } from "../../tensor/key.js";
import type { Mode } from "../metrics/index.js";
import { Diffusion, type Line, pointsOf } from "./diffusion.js";
import type { Reference } from "./divergence.js";

const LINE: Line = { half: 160, step: 1 / 16 };
const CENTRES = [-6, -2, 2, 6] as const;
const WIDTH = 0.45;
const SIGMA_MIN = 0.15;
const SIGMA_MAX = 8;

export interface Problem extends Reference {
  readonly points: Float64Array;
  readonly modes: readonly Mode[];
  /** Δ ln σ of neighbouring levels. */
  readonly spacing: number;
  /** n(σ) = E |x₀ − E[x₀ | x_σ]| under the reference: SiD's and DMD's normaliser. */
  readonly normaliser: readonly number[];
}

/** Instance 0 is the published one, and asks for no randomness. */
export function makeProblem(instance: number, levels: number, key: Key): Problem {
  const draw = key.fold(instance);
  const jitter = (i: number): number => (instance === 0 ? 0 : 2 * draw.uniform(i) - 1);
  const modes = CENTRES.map((centre, k) => ({
    centre: centre + 0.3 * jitter(3 * k),
    width: WIDTH * Math.exp(0.2 * jitter(3 * k + 1)),
  }));
  const points = pointsOf(LINE);
  const masses = points.map((x) =>
    modes.reduce((sum, { centre, width }, k) => {
      const z = (x - centre) / width;
      return sum + (Math.exp(0.3 * jitter(3 * k + 2)) * Math.exp(-(z * z) / 2)) / width;
    }, 0),
  );
  const total = masses.reduce((a, b) => a + b, 0);
  const reference = { line: LINE, masses: masses.map((m) => m / total), sigmas: sigmas(levels) };
  const spacing = Math.log(SIGMA_MAX / SIGMA_MIN) / (levels - 1);
  return { ...reference, points, modes, spacing, normaliser: normaliser(reference) };
}

/** Log-spaced, both ends included. */
function sigmas(levels: number): number[] {
  const ratio = SIGMA_MAX / SIGMA_MIN;
  return Array.from({ length: levels }, (_, k) => SIGMA_MIN * ratio ** (k / (levels - 1)));
}

function normaliser({ line, sigmas, masses }: Reference): number[] {
  const diffusion = new Diffusion(line, sigmas);
  const diffused = diffusion.diffuse(masses);
  const atoms = pointsOf(line);
  return diffusion.levels.map(({ sigma, line: level }, k) => {
    const { density = [], slope = [] } = diffused[k] ?? {};
    let sum = 0;
    pointsOf(level).forEach((x, j) => {
      const denoised = x + (sigma * sigma * (slope[j] ?? 0)) / (density[j] ?? 1);
      for (let i = 0; i < atoms.length; i++) {
        const [atom, mass] = [atoms[i] as number, masses[i] as number];
        const z = (x - atom) / sigma;
        sum += mass * Math.exp(-(z * z) / 2) * Math.abs(atom - denoised);
      }
    });
    return (sum * level.step) / (sigma * Math.sqrt(2 * Math.PI));
  });
}
