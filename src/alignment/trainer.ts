/**
 * The two-phase trainer (Diff-Instruct*, algorithm 1). Distillation to one step is the same loop
 * without a reward (Score Implicit Matching).
 *
 *     repeat   K_TA times: ψ ← step on the assistant's loss        (assistant-loss.ts)
 *              once:       θ ← step on the generator's loss        (generator-loss.ts)
 *
 * It asks no divergence for its name.
 */
import type { Device } from "../device/types.js";
import { type LogNormal, logUniformSigmas } from "../diffusion/noise-levels.js";
import type { TokenBatch } from "../models/text/text-encoder.js";
import { valueAndGradOf } from "../nn/index.js";
import { randomNormal } from "../ops/random.js";
import { Learner, type LearnerOptions, type SavedTensors, type Trainer } from "../optim/index.js";
import type { TextToImage } from "../pipeline/text-to-image.js";
import type { Key } from "../tensor/key.js";
import type { Tensor } from "../tensor/tensor.js";
import { assistantGradients } from "./assistant-loss.js";
import { type GeneratorLossOptions, generatorLoss } from "./generator-loss.js";

export interface AlignmentOptions {
  readonly device: Device;
  readonly key: Key;
  readonly batch: number;
  /** The prompts of draw t; the same t gives the same prompts. */
  readonly prompts: (t: number) => TokenBatch;
  /** The frozen reference diffusion (the teacher). */
  readonly reference: TextToImage;
  /** The one-step generator; trained. */
  readonly generator: TextToImage;
  /** Starts as a copy of the reference; trained. */
  readonly assistant: TextToImage;
  /** K_TA: assistant steps for each generator step. */
  readonly K_TA: number;
  /** Assistant steps before the first generator step. */
  readonly warmup: number;
  readonly assistantNoise: LogNormal;
  /** π(t): noise levels of the generator's loss, uniform in ln σ. */
  readonly generatorNoise: { readonly sigma_min: number; readonly sigma_max: number };
  readonly assistantLearner: LearnerOptions;
  readonly generatorLearner: LearnerOptions;
  readonly loss: GeneratorLossOptions;
}

/** Distils without a reward, aligns with one. A step is K_TA assistant steps and a generator step. */
export class AlignmentTrainer implements Trainer {
  readonly batch: number;
  readonly generatorLearner: Learner;
  readonly assistantLearner: Learner;
  steps = 0;
  private readonly options: AlignmentOptions;

  constructor(options: AlignmentOptions) {
    this.options = options;
    this.batch = options.batch;
    this.generatorLearner = new Learner(
      options.generator.unet.parameters(),
      options.generatorLearner,
    );
    this.assistantLearner = new Learner(
      options.assistant.unet.parameters(),
      options.assistantLearner,
    );
  }

  advance(): Readonly<Record<string, Tensor>> {
    const { K_TA, warmup } = this.options;
    const key = this.options.key.fold(this.steps);
    const rounds = K_TA + (this.steps === 0 ? warmup : 0);
    let psi_loss: Tensor | undefined;
    for (let k = 0; k < rounds; k++) {
      psi_loss?.dispose();
      psi_loss = this.assistantStep(key.fold(k + 1), k);
    }
    const report = this.generatorStep(key.fold(0));
    this.steps += 1;
    return psi_loss ? { ...report, psi_loss } : report;
  }

  state(): Map<string, Tensor> {
    return new Map([
      ...this.generatorLearner.state("generator"),
      ...this.assistantLearner.state("assistant"),
    ]);
  }

  restore(saved: SavedTensors, steps: number): void {
    const { K_TA, warmup } = this.options;
    this.generatorLearner.restore("generator", saved, steps);
    this.assistantLearner.restore("assistant", saved, steps === 0 ? 0 : steps * K_TA + warmup);
    this.steps = steps;
  }

  dispose(): void {
    this.generatorLearner.dispose();
    this.assistantLearner.dispose();
  }

  private assistantStep(key: Key, k: number): Tensor {
    const { device, generator, assistant, prompts, assistantNoise: noise } = this.options;
    using scope = device.scope();
    const tokens = prompts(this.draw(k + 1));
    const step = { device, key, generator, assistant, tokens, noise };
    const { value, grads } = assistantGradients(this.assistantLearner.parameters, step);
    this.assistantLearner.update(grads);
    return scope.keep(value);
  }

  private generatorStep(key: Key): Record<string, Tensor> {
    const { device, generator, assistant, reference, prompts, generatorNoise } = this.options;
    using scope = device.scope();
    const tokens = prompts(this.draw(0));
    const z = generator.noise(device, key.fold(0), tokens.n);
    const draw = {
      device,
      tokens,
      condition: generator.condition(device, tokens),
      empty: generator.empty(device, tokens),
      z,
      sigma: logUniformSigmas(key.fold(1), tokens.n, generatorNoise),
      noise: randomNormal(device, key.fold(2), z.shape),
    };
    const networks = { generator, assistant: assistant.denoiser, reference: reference.denoiser };
    const { value, grads, aux } = valueAndGradOf(this.generatorLearner.parameters, () =>
      generatorLoss(networks, draw, this.options.loss),
    );
    const grad_norm = this.generatorLearner.update(grads);
    const report = { loss: value, ...aux, grad_norm };
    for (const x of Object.values(report)) scope.keep(x);
    return report;
  }

  /** A number for every draw of prompts in the run. */
  private draw(k: number): number {
    const { K_TA, warmup } = this.options;
    return this.steps * (K_TA + warmup + 1) + k;
  }
}
