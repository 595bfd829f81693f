/**
 * The generators that every arm starts from, one for each seed: the teacher's deterministic sampler,
 * distilled. Then the assistants learn the generators, which stay as they are.
 *
 *     x*(z): the probability-flow ODE dx/dσ = −σ s_ref(x, σ) from σ_max' z to 0, Heun's method
 *     θ ← Adam( ∇ mean √(‖g(z) − x*(z)‖² + 10⁻³) )
 *
 * The norm, and not its square: its minimum is a median, which lies in a mode and not between two.
 */
import type { Device } from "../../device/types.js";
import { karrasSigmas } from "../../diffusion/noise-levels.js";
import { timeDistribution } from "../../diffusion/time-distributions.js";
import { valueAndGradOf } from "../../nn/module.js";
import { initParams } from "../../nn/params.js";
import { add, mul, sub } from "../../ops/binary.js";
import { indexSelect } from "../../ops/index-select.js";
import { randomNormal } from "../../ops/random.js";
import { reshape } from "../../ops/reshape.js";
import { sum } from "../../ops/sum.js";
import { sqrt, square } from "../../ops/unary.js";
import { capture, type StepTensors } from "../../tensor/capture.js";
import { write } from "../../tensor/create.js";
import { Key } from "../../tensor/key.js";
import type { Tensor } from "../../tensor/tensor.js";
import { AssistantStep } from "./assistant-step.js";
import { Cast } from "./cast.js";
import type { Toy2dConfig } from "./config.js";
import { learnerOf } from "./draws.js";
import { MixtureFields } from "./mixture.js";
import { type Packed, packed } from "./pack.js";
import { type Problem, problemNamed } from "./problem.js";
import { STREAM } from "./streams.js";

const PAIRS = 8192;
const BATCH = 128;
const ODE_STEPS = 24;
/** Of the assistants, for one step of the generators. */
const ASSISTANT_PART = 0.25;
const LR = 0.01;
const ASSISTANT_LR = 0.005;

/** @returns the generators' averages and the assistants', by name. */
export async function distil(
  device: Device,
  config: Toy2dConfig,
  tick: (part: number) => Promise<void>,
): Promise<Packed> {
  const problem = problemNamed(config.problem);
  const key = Key.from(config.seed).fold(STREAM.distil);
  const { seeds, hidden, layers, distil_steps: steps } = config;
  using _scope = device.scope();
  const sizes = { alphas: 1, seeds, hidden, layers };
  const cast = new Cast(device, initParams(device, key), problem, sizes);
  const generators = regression(device, cast, { problem, seeds, steps, key });
  const more = Math.ceil(steps * ASSISTANT_PART);
  const report = (done: number): Promise<void> => tick(done / (steps + more));
  for (let t = 0; t < steps; t++) {
    const loss = generators.advance(key.fold(t));
    if (t % 25 === 0) await Promise.all([loss.data(), report(t)]);
  }
  // From here on the averages are the generators.
  const averages = await packed(generators.learner.ema.averages);
  await generators.settle();
  const range = problem.range;
  const times = timeDistribution("log-uniform", range);
  const options = { seeds, batch: BATCH, steps: more, lr: ASSISTANT_LR, times };
  const assistants = new AssistantStep(device, cast, options);
  for (let t = 0; t < more; t++) {
    const loss = assistants.advance(key.fold(steps + t));
    if (t % 25 === 0) await Promise.all([loss.data(), report(steps + t)]);
  }
  const learned = await packed(assistants.learner.ema.averages);
  for (const x of [generators, assistants, cast]) x.dispose();
  return { ...prefixed("generator", averages), ...prefixed("assistant", learned) };
}

const prefixed = (prefix: string, values: Packed): Packed =>
  Object.fromEntries(Object.entries(values).map(([name, v]) => [`${prefix}.${name}`, v]));

interface Regression {
  readonly problem: Problem;
  readonly seeds: number;
  readonly steps: number;
  readonly key: Key;
}

function regression(device: Device, cast: Cast, { problem, seeds, steps, key }: Regression) {
  const z = randomNormal(device, key, [PAIRS, 2]);
  const x = teacherSamples(device, problem, z);
  const parameters = cast.generator.parameters();
  const learner = learnerOf(parameters, { lr: LR, steps });
  const step = capture(device, ({ ids }: StepTensors<"ids">) => {
    const of = (all: Tensor): Tensor => reshape(indexSelect(all, ids, 0), [seeds, BATCH, 2]);
    const [from, to] = [of(z), of(x)];
    const { value, grads } = valueAndGradOf(parameters, () => {
      const error = square(sub(cast.generate(from), to));
      return mul(sum(sqrt(add(sum(error, { axes: 2 }), 1e-3))), 1 / BATCH);
    });
    learner.applyUnclipped(grads);
    return value;
  });
  return {
    learner,
    advance: (at: Key): Tensor => {
      learner.advance();
      const ids = Uint32Array.from({ length: seeds * BATCH }, (_, i) => at.integer(PAIRS, i));
      return step.run({ ids });
    },
    /** The averages become the parameters. */
    settle: async (): Promise<void> => {
      for (const [name, slot] of parameters) {
        const average = learner.ema.averages.get(name);
        if (average) write(slot.value, (await average.data()) as Float32Array);
      }
    },
    dispose: (): void => {
      step.dispose();
      learner.dispose();
    },
  };
}

/** x*(z) [P, 2] */
export function teacherSamples(device: Device, problem: Problem, z: Tensor): Tensor {
  using scope = device.scope();
  const fields = new MixtureFields(device, problem);
  const { sigma_min, sigma_max } = problem.range;
  const sigmas = karrasSigmas(ODE_STEPS, { sigma_min: sigma_min / 5, sigma_max: 2 * sigma_max });
  const slope = (x: Tensor, sigma: number): Tensor => mul(fields.score(x, sigma ** 2), -sigma);
  let x = mul(z, sigmas[0] ?? 1);
  for (const [i, sigma] of sigmas.entries()) {
    const next = sigmas[i + 1] ?? 0;
    const d = slope(x, sigma);
    const euler = add(x, mul(d, next - sigma));
    x = next > 0 ? add(x, mul(add(d, slope(euler, next)), (next - sigma) / 2)) : euler;
    if (next === 0) break;
  }
  return scope.keep(x);
}
