/**
 * The bound: densities p ∝ p_ref e^{α r} on the grid. Of all densities with their reward none has a
 * smaller KL to the reference.
 */
import type { Device } from "../../device/types.js";
import { tensor } from "../../tensor/create.js";
import type { CurvePoint } from "../statistics/index.js";
import type { Toy2dConfig } from "./config.js";
import { goldOf } from "./gold.js";
import { Grid, measure } from "./measures.js";
import { problemNamed } from "./problem.js";
import type { RewardName } from "./rewards.js";
import { alphasOf, rewardField } from "./trial.js";

const POINTS = 25;

export async function boundCurve(
  device: Device,
  config: Toy2dConfig,
  reward: RewardName,
): Promise<CurvePoint[]> {
  const problem = problemNamed(config.problem);
  const grid = new Grid(problem);
  const points = grid.points();
  using _scope = device.scope();
  const x = tensor(device, points, [points.length / 2, 2]);
  const r = Float64Array.from(await rewardField(config, reward)(x).data());
  const q = grid.exact();
  const gold = goldOf(config.problem, reward, grid);
  const alphas = alphasOf({ ...config, alphas: POINTS }, reward);
  return [0, ...alphas].map((alpha) => {
    const masses = tilted(q, r, alpha);
    const mean = masses.reduce((sum, p, i) => sum + p * (r[i] ?? 0), 0);
    const cloud = { points, masses };
    const measures = measure(grid, problem, cloud);
    return { alpha, reward: mean, ...measures, ...(gold && { gold: gold(cloud) }) };
  });
}

/** q e^{α r} / Z, on cells. */
export function tilted(q: Float64Array, r: Float64Array, alpha: number): Float64Array {
  const logits = q.map((mass, i) => Math.log(mass) + alpha * (r[i] ?? 0));
  const top = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const masses = logits.map((value) => Math.exp(value - top));
  const total = masses.reduce((a, b) => a + b, 0);
  return masses.map((mass) => mass / total);
}
