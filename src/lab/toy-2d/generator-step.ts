/**
 * One step of all generators of an arm, recorded once and replayed:
 *
 *     θ ← Adam( ∇ mean( w(σ) · loss(ψ, ref, x₀, x_t) − α r(x₀) ) ),      x₀ = g(z)
 *
 * Models b = (α, seed) are independent: their losses are added, and Adam works on each number alone.
 * Models of one seed see the same z, ε and σ at every α, so that no difference between α is noise.
 */
import { stopGradient } from "../../autograd/grad.js";
import type { Device } from "../../device/types.js";
import { smallestNoise, type TimeDistribution } from "../../diffusion/time-distributions.js";
import { objectiveLoss, objectiveWeights } from "../../divergences/objective.js";
import { valueAndGradOf } from "../../nn/module.js";
import { mul, sub } from "../../ops/binary.js";
import { randomNormal } from "../../ops/random.js";
import { reshape } from "../../ops/reshape.js";
import { sum } from "../../ops/sum.js";
import { exp } from "../../ops/unary.js";
import type { Learner } from "../../optim/learner.js";
import { type CapturedStep, capture, type StepTensors } from "../../tensor/capture.js";
import { tensor } from "../../tensor/create.js";
import type { Key } from "../../tensor/key.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { Arm } from "./arm.js";
import type { Cast } from "./cast.js";
import { type Draws, drawsOf, flat, learnerOf, noised, spread, words } from "./draws.js";
import { particleDenoised, particleLogDensity } from "./particles.js";
import type { RewardField } from "./rewards.js";
import { stratifiedSigmas } from "./sampling.js";

export interface GeneratorOptions {
  readonly arm: Arm;
  /** Of the divergence's loss, so that α means the same in every arm: calibrate.ts. */
  readonly scale: number;
  /** α of each model. */
  readonly alphas: readonly number[];
  readonly reward: RewardField;
  readonly seeds: number;
  /** N, samples of a model in a step. */
  readonly batch: number;
  readonly steps: number;
  readonly lr: number;
  readonly times: TimeDistribution;
  /** M, samples that stand for the generator's density where no network does. */
  readonly particles: number;
}

export const UNITS = "x₀-predictions";

/** The noise levels that a divergence is trained at. */
export function timesOf({ divergence }: Arm, times: TimeDistribution): TimeDistribution {
  return divergence.atSmallestNoise ? smallestNoise(times) : times;
}

type Inputs = "key" | "others" | "sigma" | "weight";

export class GeneratorStep {
  readonly learner: Learner;
  private readonly device: Device;
  private readonly cast: Cast;
  private readonly options: GeneratorOptions;
  private readonly alphas: Tensor;
  private readonly step: CapturedStep<Inputs, Tensor>;

  constructor(device: Device, cast: Cast, options: GeneratorOptions) {
    const { alphas, batch } = options;
    this.device = device;
    this.cast = cast;
    this.options = options;
    this.learner = learnerOf(cast.generator.parameters(), { ...options, beta1: 0.5 });
    const each = alphas.flatMap((alpha) => Array<number>(batch).fill(alpha));
    this.alphas = tensor(device, each, [each.length]);
    this.step = capture(device, (inputs: StepTensors<Inputs>) => this.record(inputs));
  }

  /** The loss of all models together, []; see the divergence: its value says little. */
  advance(key: Key): Tensor {
    const { batch, times, arm, scale } = this.options;
    const { divergence, weighting } = arm;
    const sigmas = stratifiedSigmas(key, batch, timesOf(arm, times));
    const weights = objectiveWeights({ divergence, weighting, units: UNITS }, sigmas);
    this.learner.advance();
    return this.step.run({
      key: words(key),
      others: words(key.fold(1)),
      sigma: sigmas,
      weight: weights.loss.map((w) => w * scale),
    });
  }

  dispose(): void {
    this.step.dispose();
    this.alphas.dispose();
    this.learner.dispose();
  }

  private record({ key, others, sigma, weight }: StepTensors<Inputs>): Tensor {
    const { device, cast, options } = this;
    const { arm, seeds, batch, reward } = options;
    const { divergence, weighting } = arm;
    const draws = drawsOf(device, cast, { key, sigma, seeds });
    const fields = this.fieldsOf(draws, others);
    const loss = reshape(spread(weight, cast.models), [cast.models * batch]);
    const { value, grads } = valueAndGradOf(this.learner.parameters, () => {
      const x0 = flat(cast.generate(draws.z));
      const input = { ...fields, target: x0, x_t: noised(x0, draws) };
      const objective = { divergence, weighting, units: UNITS } as const;
      const part = objectiveLoss(objective, input, { loss, guidance: loss }).loss;
      return mul(sum(sub(part, mul(reward(x0), this.alphas))), 1 / batch);
    });
    this.learner.applyUnclipped(grads);
    return value;
  }

  private fieldsOf({ sigma2 }: Draws, others: Tensor) {
    const { device, cast, options } = this;
    const { arm, seeds, batch, particles } = options;
    const ref = rememberingLast((x) => cast.reference(x, sigma2));
    const learned = { psi: (x: Tensor): Tensor => cast.assisted(x, sigma2, ref(x)), ref };
    if (!arm.oracle && !arm.divergence.needsDensityRatio) return learned;
    const z = randomNormal(device, others, [seeds, particles, 2]);
    const samples = stopGradient(cast.generate(z));
    const level = reshape(sigma2, [cast.models, batch, 1]);
    const wide = (x: Tensor): Tensor => reshape(x, [cast.models, batch, 2]);
    const exact = (x: Tensor): Tensor => flat(particleDenoised(wide(x), samples, level));
    const densityRatio = (x: Tensor): Tensor => {
      const own = flat(particleLogDensity(wide(x), samples, level));
      return reshape(exp(sub(cast.referenceLogDensity(x, sigma2), own)), [x.dim(0)]);
    };
    return { psi: arm.oracle ? exact : learned.psi, ref, densityRatio };
  }
}

/** f, which for the same tensor again returns what it did: ψ and the reference both ask for it. */
function rememberingLast(f: (x: Tensor) => Tensor): (x: Tensor) => Tensor {
  let last: { readonly x: Tensor; readonly y: Tensor } | undefined;
  return (x) => {
    if (last?.x !== x) last = { x, y: f(x) };
    return last.y;
  };
}
