/**
 * The trained arms whose outcome is known: the negative control, and that training repeats itself.
 */
import { expect, test } from "vitest";
import { timeDistribution } from "../../../src/diffusion/time-distributions.js";
import { parseArm } from "../../../src/lab/toy-2d/arm.js";
import { AssistantStep } from "../../../src/lab/toy-2d/assistant-step.js";
import { scaleOf } from "../../../src/lab/toy-2d/calibrate.js";
import { Cast } from "../../../src/lab/toy-2d/cast.js";
import { GeneratorStep } from "../../../src/lab/toy-2d/generator-step.js";
import type { Problem } from "../../../src/lab/toy-2d/problem.js";
import { PROBLEMS } from "../../../src/lab/toy-2d/problem.js";
import type { RewardField } from "../../../src/lab/toy-2d/rewards.js";
import { initParams } from "../../../src/nn/params.js";
import { randomNormal } from "../../../src/ops/random.js";
import { reshape } from "../../../src/ops/reshape.js";
import { slice } from "../../../src/ops/slice.js";
import { Key } from "../../../src/tensor/key.js";
import { testDevice } from "../../device.js";

const device = testDevice();
const key = Key.from(11);
/** One wide Gaussian. */
const gauss: Problem = {
  ...(PROBLEMS.overlap as Problem),
  name: "gauss",
  means: [[0, 0]],
  weights: [1],
  spread: 1,
  range: { sigma_min: 0.1, sigma_max: 8 },
};
const linear: RewardField = (x) => reshape(slice(x, { axis: 1, start: 0, end: 1 }), [x.dim(0)]);

interface Training {
  readonly problem: Problem;
  readonly arm: string;
  readonly alphas: readonly number[];
  readonly reward: RewardField;
  readonly steps: number;
}

/** Trains from a random start, and returns samples of each model. */
async function train({ problem, arm: name, alphas, reward, steps }: Training) {
  using _scope = device().scope();
  const arm = parseArm(name);
  const times = timeDistribution("log-uniform", problem.range);
  const scale = await scaleOf(device(), { problem, arm, times, key });
  const sizes = { alphas: alphas.length, seeds: 1, hidden: 16, layers: 1 };
  const cast = new Cast(device(), initParams(device(), key), problem, sizes);
  const shared = { seeds: 1, batch: 64, times };
  const assistants = new AssistantStep(device(), cast, { ...shared, steps: 1e6, lr: 0.01 });
  const options = { ...shared, arm, scale, alphas, reward, steps, lr: 0.02, particles: 128 };
  const generators = new GeneratorStep(device(), cast, options);
  for (let t = 0; t < steps; t++) {
    const at = key.fold(t);
    if (!arm.oracle) assistants.advance(at.fold(2));
    const loss = generators.advance(at);
    if (t % 20 === 0) await loss.data();
  }
  const clouds = await generators.learner.ema.with(async () => {
    const z = randomNormal(device(), key, [1, 4000, 2]);
    const all = await cast.generate(z).data();
    return alphas.map((_, b) => Float32Array.from(all.subarray(8000 * b, 8000 * (b + 1))));
  });
  for (const x of [assistants, generators, cast]) x.dispose();
  return clouds;
}

test("negative control: detached L2 with w = σ² is integral KL with w = 1", async () => {
  const common = { problem: gauss, alphas: [0.3, 1], reward: linear, steps: 12 };
  const [control, kl, l2] = [
    await train({ ...common, arm: "detached-l2@sigma2" }),
    await train({ ...common, arm: "kl@score" }),
    await train({ ...common, arm: "l2@sigma2" }),
  ];
  const far = (a: Float32Array[], b: Float32Array[]): number =>
    Math.max(
      ...a.flatMap((cloud, i) => Array.from(cloud, (v, j) => Math.abs(v - (b[i]?.[j] ?? NaN)))),
    );
  expect(far(control, kl)).toBeLessThan(1e-3);
  expect(far(l2, kl)).toBeGreaterThan(0.02);
}, 120_000);

test("a trial is repeated bit for bit", async () => {
  const one = { problem: gauss, arm: "l2@sid", alphas: [0.5], reward: linear, steps: 3 };
  expect(await train(one)).toEqual(await train(one));
}, 120_000);
