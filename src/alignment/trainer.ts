/**
 * The two-phase trainer (Diff-Instruct*, algorithm 1). Distillation to one step is the same loop
 * without a reward (Score Implicit Matching).
 *
 *     repeat   K_TA times: ψ ← step on the assistant's loss        (assistant-loss.ts)
 *              once:       θ ← step on the generator's loss        (generator-loss.ts)
 *
 * It asks no divergence for its name.
 */
import type { CaptureMemory } from "../device/replay.js";
import type { Device } from "../device/types.js";
import { type Levels, levelValues } from "../diffusion/edm.js";
import { type LogNormal, logNormalSigmas } from "../diffusion/noise-levels.js";
import {
  drawSigmas,
  smallestNoise,
  type TimeDistribution,
} from "../diffusion/time-distributions.js";
import { type TokenBatch, type TokenValues, tokenValues } from "../models/text/text-encoder.js";
import { valueAndGradOf } from "../nn/index.js";
import { Learner, type LearnerOptions, type SavedTensors, type Trainer } from "../optim/index.js";
import type { TextToImage } from "../pipeline/text-to-image.js";
import {
  type CapturedStep,
  type CaptureOptions,
  capture,
  type StepTensors,
} from "../tensor/capture.js";
import type { Values } from "../tensor/dtype.js";
import type { Key } from "../tensor/key.js";
import type { Tensor } from "../tensor/tensor.js";
import { assistantGradients } from "./assistant-loss.js";
import { type GeneratorLossOptions, generatorLoss, lossWeights } from "./generator-loss.js";

/** What the trainer is made of. */
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
  /** π(t): noise levels of the generator's loss; only the smallest for some divergences. */
  readonly generatorNoise: TimeDistribution;
  readonly assistantLearner: LearnerOptions;
  readonly generatorLearner: LearnerOptions;
  readonly loss: GeneratorLossOptions;
  /** "eager" runs both steps op by op, for debugging; the results are the same. */
  readonly mode?: CaptureOptions["mode"];
}

/** What changes from draw to draw: words of text, noise levels, keys of z and of ε. */
type Input = "z" | "noise" | keyof TokenValues | keyof Levels<unknown>;
/** The generator's step has the weights of its loss beside them. */
type GeneratorInput = Input | "weights_of_loss" | "weights_of_guidance";

/** Single values by name. */
type Report = Readonly<Record<string, Tensor>>;

/** Distils without a reward, aligns with one. A step is K_TA assistant steps and a generator step. */
export class AlignmentTrainer implements Trainer {
  readonly batch: number;
  readonly generatorLearner: Learner;
  readonly assistantLearner: Learner;
  steps = 0;
  private readonly options: AlignmentOptions;
  private readonly generatorNoise: TimeDistribution;
  private readonly assistantStep: CapturedStep<Input, Report>;
  private readonly generatorStep: CapturedStep<GeneratorInput, Report>;

  constructor(options: AlignmentOptions) {
    this.options = options;
    const { generatorNoise, loss } = options;
    this.generatorNoise = loss.divergence.atSmallestNoise
      ? smallestNoise(generatorNoise)
      : generatorNoise;
    this.batch = options.batch;
    this.generatorLearner = new Learner(
      options.generator.unet.parameters(),
      options.generatorLearner,
    );
    this.assistantLearner = new Learner(
      options.assistant.unet.parameters(),
      options.assistantLearner,
    );
    const { device, mode = "replay" } = options;
    this.assistantStep = capture(device, (x: StepTensors<Input>) => this.followGenerator(x), {
      mode,
    });
    this.generatorStep = capture(
      device,
      (x: StepTensors<GeneratorInput>) => this.moveGenerator(x),
      { mode },
    );
  }

  advance(): Report {
    const { K_TA, warmup, assistant, assistantNoise, loss } = this.options;
    const key = this.options.key.fold(this.steps);
    const rounds = K_TA + (this.steps === 0 ? warmup : 0);
    let report: Report = {};
    for (let k = 0; k < rounds; k++) {
      const own = key.fold(k + 1);
      const tokens = this.options.prompts(this.draw(k + 1));
      const sigma = logNormalSigmas(own.fold(1), tokens.n, assistantNoise);
      this.assistantLearner.advance();
      report = this.assistantStep.run(this.inputs(own, tokens, sigma));
    }
    const own = key.fold(0);
    const tokens = this.options.prompts(this.draw(0));
    const sigma = drawSigmas(own.fold(1), tokens.n, this.generatorNoise);
    const { in_channels, sample_size } = assistant.config.unet;
    const weights = lossWeights(sigma, loss, in_channels * sample_size ** 2);
    this.generatorLearner.advance();
    report = {
      ...this.generatorStep.run({
        ...this.inputs(own, tokens, sigma),
        weights_of_loss: weights.loss,
        weights_of_guidance: weights.guidance,
      }),
      ...report,
    };
    this.steps += 1;
    return Object.fromEntries(Object.entries(report).map(([name, x]) => [name, x.alias({})]));
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

  /** Frees the optimisers and the captured steps; the networks stay. */
  dispose(): void {
    for (const step of [this.assistantStep, this.generatorStep]) step.dispose();
    this.generatorLearner.dispose();
    this.assistantLearner.dispose();
  }

  /** What the two captured steps hold, once they were recorded. */
  get memory(): readonly CaptureMemory[] {
    const steps = [this.assistantStep.memory, this.generatorStep.memory];
    return steps.filter((memory) => memory !== undefined);
  }

  private inputs(key: Key, tokens: TokenBatch, sigma: readonly number[]): Record<Input, Values> {
    return {
      z: Uint32Array.from(key.fold(0).words),
      noise: Uint32Array.from(key.fold(2).words),
      ...tokenValues(tokens),
      ...levelValues(sigma, this.options.assistant.config.sigma_data),
    };
  }

  /** Phase 1, captured: ψ moves. */
  private followGenerator(inputs: StepTensors<Input>): Report {
    const { generator, assistant } = this.options;
    const draw = this.tensors(inputs);
    const learner = this.assistantLearner;
    const { value, grads } = assistantGradients(learner.parameters, { generator, assistant }, draw);
    learner.apply(grads);
    return { psi_loss: value };
  }

  /** Phase 2, captured: θ moves. */
  private moveGenerator({
    weights_of_loss,
    weights_of_guidance,
    ...inputs
  }: StepTensors<GeneratorInput>): Report {
    const { device, generator, assistant, reference, loss } = this.options;
    const given = this.tensors(inputs);
    const draw = {
      ...given,
      weights: { loss: weights_of_loss, guidance: weights_of_guidance },
      condition: generator.condition(device, given.tokens),
      empty: generator.empty(device, given.tokens),
    };
    const networks = { generator, assistant: assistant.denoiser, reference: reference.denoiser };
    const { value, grads, aux } = valueAndGradOf(this.generatorLearner.parameters, () =>
      generatorLoss(networks, draw, loss),
    );
    return { loss: value, ...aux, grad_norm: this.generatorLearner.apply(grads) };
  }

  /** Inputs of either step → what its loss receives. */
  private tensors({ z, noise, ids, mask, weights, keep, ...levels }: StepTensors<Input>) {
    const { device, generator, assistant } = this.options;
    const n = keep.size;
    return {
      device,
      tokens: { n, length: ids.size / n, ids, mask, weights, keep },
      z: generator.noise(device, z, n),
      sigma: { ...levels, sigma_data: assistant.config.sigma_data },
      noise: generator.noise(device, noise, n),
    };
  }

  /** A number for every draw of prompts in the run. */
  private draw(k: number): number {
    const { K_TA, warmup } = this.options;
    return this.steps * (K_TA + warmup + 1) + k;
  }
}
