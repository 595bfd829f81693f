/**
 * One step of all assistants, recorded once and replayed: denoising of the generators' samples.
 *
 *     ψ ← Adam( ∇ mean ‖f_ψ(x_t) − x₀‖² / σ² ),      x₀ = sg[ g(z) ]
 */
import { stopGradient } from "../../autograd/grad.js";
import type { Device } from "../../device/types.js";
import type { TimeDistribution } from "../../diffusion/time-distributions.js";
import { valueAndGradOf } from "../../nn/module.js";
import { div, mul, sub } from "../../ops/binary.js";
import { fuse } from "../../ops/fuse.js";
import { sum } from "../../ops/sum.js";
import { square } from "../../ops/unary.js";
import type { Learner } from "../../optim/learner.js";
import { type CapturedStep, capture, type StepTensors } from "../../tensor/capture.js";
import type { Key } from "../../tensor/key.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { Cast } from "./cast.js";
import { drawsOf, flat, learnerOf, noised, words } from "./draws.js";
import { stratifiedSigmas } from "./sampling.js";

export interface AssistantOptions {
  readonly seeds: number;
  /** N, samples of a model in a step. */
  readonly batch: number;
  readonly steps: number;
  readonly lr: number;
  readonly times: TimeDistribution;
}

const error = fuse("error of denoising", (f, x0, sigma2) => div(square(sub(f, x0)), sigma2));

export class AssistantStep {
  readonly learner: Learner;
  private readonly options: AssistantOptions;
  private readonly step: CapturedStep<"key" | "sigma", Tensor>;

  constructor(device: Device, cast: Cast, options: AssistantOptions) {
    const { seeds, batch } = options;
    this.options = options;
    const parameters = cast.assistant.parameters();
    this.learner = learnerOf(parameters, options);
    this.step = capture(device, ({ key, sigma }: StepTensors<"key" | "sigma">) => {
      const draws = drawsOf(device, cast, { key, sigma, seeds });
      const x0 = stopGradient(flat(cast.generate(draws.z)));
      const x_t = noised(x0, draws);
      const { value, grads } = valueAndGradOf(parameters, () => {
        return mul(sum(error(cast.assisted(x_t, draws.sigma2), x0, draws.sigma2)), 1 / batch);
      });
      this.learner.applyUnclipped(grads);
      return value;
    });
  }

  /** The loss of all models together, [] */
  advance(key: Key): Tensor {
    const { batch, times } = this.options;
    this.learner.advance();
    return this.step.run({ key: words(key), sigma: stratifiedSigmas(key, batch, times) });
  }

  dispose(): void {
    this.step.dispose();
    this.learner.dispose();
  }
}
