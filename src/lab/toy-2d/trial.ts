/** One arm on one reward: all α and seeds trained in one captured step, and measured. */
import type { Device } from "../../device/types.js";
import { timeDistribution } from "../../diffusion/time-distributions.js";
import { Parameter } from "../../nn/parameter.js";
import type { Params } from "../../nn/params.js";
import { randomNormal } from "../../ops/random.js";
import { tensor } from "../../tensor/create.js";
import { Key } from "../../tensor/key.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { Arm } from "./arm.js";
import { AssistantStep } from "./assistant-step.js";
import { scaleOf } from "./calibrate.js";
import { Cast } from "./cast.js";
import type { Toy2dConfig } from "./config.js";
import { GeneratorStep } from "./generator-step.js";
import { goldOf } from "./gold.js";
import { Grid, type Measures, measure } from "./measures.js";
import { type Packed, unpack } from "./pack.js";
import { type Problem, problemNamed } from "./problem.js";
import { REWARDS, type RewardField, type RewardName } from "./rewards.js";
import { STREAM } from "./streams.js";

export interface TrialPoint extends Measures {
  readonly seed: number;
  readonly alpha: number;
  readonly reward: number;
}

/** Points of the first seed's generators for the pictures, hundredths: x, y, x, y, … */
export type CloudPicture = readonly number[];

export interface Trial {
  readonly points: readonly TrialPoint[];
  /** For each α: the cloud at several times of the training. */
  readonly clouds: readonly (readonly CloudPicture[])[];
  /** For each α: s_ψ − s_ref on a square of places, at one σ, hundredths. */
  readonly fields: readonly (readonly number[])[];
  /** What the loss was scaled by. */
  readonly scale: number;
}

export interface TrialOptions {
  readonly config: Toy2dConfig;
  readonly arm: Arm;
  readonly reward: RewardName;
  /** Of `distil`. */
  readonly start: Packed;
  readonly tick: (part: number) => Promise<void>;
}

const PARTICLES = 512;
const ASSISTANT_RATE = 6;
const FRAMES = 8;
const PICTURE = 150;
/** Places of the arrows, on each side, and their noise level in units of s. */
export const ARROWS = { side: 13, sigma: 1.5 } as const;

/** α_rew, evenly spaced in the logarithm. */
export function alphasOf({ alphas }: Toy2dConfig, reward: RewardName): number[] {
  const [low, high] = REWARDS[reward].alphas;
  return Array.from({ length: alphas }, (_, i) => low * (high / low) ** (i / (alphas - 1)));
}

export function rewardField(config: Toy2dConfig, reward: RewardName): RewardField {
  const key = Key.from(config.seed).fold(STREAM.pairs);
  return REWARDS[reward].make(problemNamed(config.problem), key);
}

export async function runTrial(device: Device, options: TrialOptions): Promise<Trial> {
  const { config, arm, reward, start, tick } = options;
  const problem = problemNamed(config.problem);
  const { seeds, batch, steps, lr, ta_steps } = config;
  const key = Key.from(config.seed);
  const times = timeDistribution(config.times, problem.range);
  const calibration = { problem, arm, times, key: key.fold(STREAM.calibrate) };
  const scale = await scaleOf(device, calibration);
  using _scope = device.scope();
  const alphas = alphasOf(config, reward);
  const cast = castOf(device, config, { start, copies: alphas.length });
  const field = rewardField(config, reward);
  const assistants = new AssistantStep(device, cast, {
    ...{ seeds, batch, times },
    steps: steps * ta_steps,
    lr: ASSISTANT_RATE * lr,
  });
  const generators = new GeneratorStep(device, cast, {
    ...{ arm, scale, reward: field, seeds, batch, steps, lr, times },
    alphas: alphas.flatMap((alpha) => Array<number>(seeds).fill(alpha)),
    particles: PARTICLES,
  });
  const measuring = { config, alphas, field, reward };
  const origin = await measured(device, cast, { ...measuring, alphas: [0] });
  const clouds: CloudPicture[][] = alphas.map(() => []);
  const watch = async (): Promise<void> => {
    const seen = await cloudsOf(device, cast, { config, count: PICTURE, key });
    for (const [a, cloud] of clouds.entries()) cloud.push(hundredths(seen[a * seeds] ?? []));
  };
  const every = Math.ceil(steps / (FRAMES - 1));
  for (let t = 0; t < steps; t++) {
    if (t % every === 0) await watch();
    const at = key.fold(STREAM.train).fold(t);
    for (let k = 0; k < ta_steps && !arm.oracle; k++) assistants.advance(at.fold(k + 2));
    const loss = generators.advance(at.fold(0));
    if (t % 10 === 0) await Promise.all([loss.data(), tick(t / steps)]);
  }
  const points = await generators.learner.ema.with(async () => {
    await watch();
    return [...origin, ...(await measured(device, cast, measuring))];
  });
  const shown = arm.oracle ? [] : alphas.map((_, a) => a * seeds);
  const fields = await arrows(device, cast, { problem, models: shown });
  for (const x of [assistants, generators, cast]) x.dispose();
  return { points, clouds, fields, scale };
}

/** `copies` of every seed's networks, at the distilled start. */
export function castOf(
  device: Device,
  config: Toy2dConfig,
  { start, copies }: { start: Packed; copies: number },
): Cast {
  const { seeds, hidden, layers } = config;
  const params = startParams(device, start, copies);
  const sizes = { alphas: copies, seeds, hidden, layers };
  return new Cast(device, params, problemNamed(config.problem), sizes);
}

/** Parameters [S, …] as [copies · S, …]. */
function startParams(device: Device, start: Packed, copies: number, prefix = ""): Params {
  return {
    at: (name) => startParams(device, start, copies, `${prefix}${name}.`),
    parameter: (name, shape) => {
      const path = `${prefix}${name}`;
      const own = unpack(start[path] ?? "");
      const all = new Float32Array(own.length * copies);
      for (let i = 0; i < copies; i++) all.set(own, i * own.length);
      return new Parameter(path, shape, tensor(device, all, shape, { label: path }));
    },
  };
}

interface Look {
  readonly config: Toy2dConfig;
  readonly count: number;
  readonly key: Key;
}

/** Samples of every model, x and y one after the other; the same z for the models of a seed. */
async function cloudsOf(device: Device, cast: Cast, look: Look): Promise<Float32Array[]> {
  using _scope = device.scope();
  const { config, count, key } = look;
  const z = randomNormal(device, key.fold(STREAM.measure), [config.seeds, count, 2]);
  const all = Float32Array.from(await cast.generate(z).data());
  const size = 2 * count;
  return Array.from({ length: cast.models }, (_, b) => all.subarray(b * size, (b + 1) * size));
}

interface Measuring {
  readonly config: Toy2dConfig;
  readonly alphas: readonly number[];
  readonly field: RewardField;
  readonly reward: RewardName;
}

export async function measured(
  device: Device,
  cast: Cast,
  { config, alphas, field, reward: name }: Measuring,
): Promise<TrialPoint[]> {
  const problem = problemNamed(config.problem);
  const grid = new Grid(problem);
  const gold = goldOf(config.problem, name, grid);
  const { seeds, samples } = config;
  const key = Key.from(config.seed);
  const clouds = await cloudsOf(device, cast, { config, count: samples, key });
  const points: TrialPoint[] = [];
  for (const [b, cloud] of clouds.slice(0, alphas.length * seeds).entries()) {
    const reward = await meanReward(device, cloud, field);
    const masses = new Float64Array(samples).fill(1 / samples);
    const placed = { points: cloud, masses };
    points.push({
      seed: b % seeds,
      alpha: alphas[Math.floor(b / seeds)] ?? 0,
      reward,
      ...measure(grid, problem, placed),
      ...(gold && { gold: gold(placed) }),
    });
  }
  return points;
}

async function meanReward(
  device: Device,
  cloud: Float32Array,
  field: RewardField,
): Promise<number> {
  using _scope = device.scope();
  const values = await field(tensor(device, cloud, [cloud.length / 2, 2])).data();
  return Array.from(values).reduce((a, b) => a + b, 0) / values.length;
}

/** s_ψ − s_ref of some models on a square of places: for each dx, dy, dx, dy, …, in hundredths. */
async function arrows(
  device: Device,
  cast: Cast,
  { problem, models }: { problem: Problem; models: readonly number[] },
): Promise<number[][]> {
  using _scope = device.scope();
  const places = arrowPlaces(problem);
  const n = places.length / 2;
  const sigma2 = (ARROWS.sigma * problem.width) ** 2;
  const all = Array.from({ length: cast.models }, () => places).flat();
  const x = tensor(device, all, [cast.models * n, 2]);
  const level: Tensor = tensor(device, Array<number>(cast.models * n).fill(sigma2), [x.dim(0), 1]);
  const [psi, ref] = [await cast.assisted(x, level).data(), await cast.reference(x, level).data()];
  const of = (b: number) =>
    Array.from({ length: 2 * n }, (_, i) => {
      const at = 2 * n * b + i;
      return ((psi[at] ?? 0) - (ref[at] ?? 0)) / sigma2;
    });
  return models.map((b) => hundredths(of(b)));
}

export function arrowPlaces({ reach }: Problem): number[] {
  const { side } = ARROWS;
  const at = (i: number): number => (((i + 0.5) * 2) / side - 1) * reach;
  return Array.from({ length: side * side }, (_, i) => [
    at(i % side),
    at(Math.floor(i / side)),
  ]).flat();
}

const hundredths = (values: ArrayLike<number>): number[] =>
  Array.from(values, (value) => Math.round(100 * value));
