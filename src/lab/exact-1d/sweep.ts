/**
 * One arm's Pareto curve: the fixed points for rising α_rew, each started from the one before, until
 * the highest level of reward is reached; then once more between the neighbours of every level, so
 * that the interpolation at equal reward is a short one.
 */
import {
  coverage,
  effectiveModes,
  entropy,
  expectation,
  kl,
  modeWeights,
  offManifold,
  recall,
} from "../metrics/index.js";
import type { Divergence } from "./divergence.js";
import { type Settled, settle } from "./flow.js";
import type { Problem } from "./problem.js";

/** Measures of one fixed point. */
export interface Measures {
  readonly reward: number;
  readonly effectiveModes: number;
  readonly coverage: number;
  readonly entropy: number;
  readonly kl: number;
  readonly recall: number;
  readonly offManifold: number;
  readonly [measure: string]: number;
}

export interface SweepPoint extends Measures {
  readonly alpha: number;
  readonly residual: number;
}

export interface Sweep {
  readonly points: readonly SweepPoint[];
  /** For every level that was reached: masses, to four digits, of the point nearest to it. */
  readonly densities: Readonly<Record<string, readonly number[]>>;
}

export interface SweepOptions {
  readonly iterations: number;
  readonly levels: readonly number[];
  /** Called before each fixed point, with the part that is done; may throw to end the sweep. */
  readonly tick: (part: number) => Promise<void>;
}

const FIRST_ALPHA = 0.05;
const FACTOR = 1.7;
const LONGEST = 18;

export function measure(problem: Problem, masses: Float64Array, reward: Float64Array): Measures {
  const { points, modes, line } = problem;
  const weighted = { points, masses };
  return {
    reward: expectation(masses, reward),
    effectiveModes: effectiveModes(modeWeights(weighted, modes)),
    coverage: coverage(weighted, modes),
    entropy: entropy(masses, line.step),
    kl: kl(masses, problem.masses),
    recall: recall(masses, problem.masses),
    offManifold: offManifold(weighted, modes),
  };
}

interface Found {
  readonly point: SweepPoint;
  readonly settled: Settled;
}

export async function sweep(
  problem: Problem,
  { divergence, reward }: { divergence: Divergence; reward: Float64Array },
  { iterations, levels, tick }: SweepOptions,
): Promise<Sweep> {
  const start = problem.masses.map((mass) => Math.log(Math.max(mass, 1e-250)));
  const solve = (alpha: number, logits: Float64Array): Found => {
    const settled = settle(divergence, reward, logits, { alpha, iterations });
    const measures = measure(problem, settled.masses, reward);
    return { settled, point: { ...measures, alpha, residual: settled.residual } };
  };
  const origin = { ...measure(problem, problem.masses, reward), alpha: 0, residual: 0 };
  const settled = { logits: start, masses: problem.masses, residual: 0 };
  const found: Found[] = [{ point: origin, settled }];
  const top = Math.max(...levels);
  for (let n = 0; n < LONGEST && (found.at(-1)?.point.reward ?? 0) < top; n++) {
    await tick(n / (LONGEST + levels.length));
    found.push(solve(FIRST_ALPHA * FACTOR ** n, found.at(-1)?.settled.logits ?? start));
  }
  for (const [n, level] of levels.entries()) {
    await tick((LONGEST + n) / (LONGEST + levels.length));
    refine(found, level, solve);
  }
  return { points: found.map(({ point }) => point), densities: nearest(found, levels) };
}

/** Puts one more point between the neighbours of a level, where linear interpolation expects it. */
function refine(
  found: Found[],
  level: number,
  solve: (alpha: number, logits: Float64Array) => Found,
): void {
  const after = found.findIndex(({ point }) => point.reward >= level);
  const [a, b] = [found[after - 1], found[after]];
  if (!a || !b) return;
  const part = (level - a.point.reward) / (b.point.reward - a.point.reward);
  const alpha = a.point.alpha + (b.point.alpha - a.point.alpha) * part;
  if (alpha > a.point.alpha && alpha < b.point.alpha) {
    found.splice(after, 0, solve(alpha, a.settled.logits));
  }
}

function nearest(found: readonly Found[], levels: readonly number[]): Record<string, number[]> {
  const reached = levels.filter((level) => found.some(({ point }) => point.reward >= level));
  return Object.fromEntries(
    reached.map((level) => {
      const distance = ({ point }: Found): number => Math.abs(point.reward - level);
      const best = found.reduce((a, b) => (distance(b) < distance(a) ? b : a));
      return [String(level), Array.from(best.settled.masses, (m) => Number(m.toPrecision(4)))];
    }),
  );
}
