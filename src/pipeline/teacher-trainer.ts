/**
 * Trains the teacher: denoising score matching on captioned pictures, with the caption dropped now
 * and then, so that guidance has an unconditional model to lean on.
 */
import type { CaptureMemory } from "../device/replay.js";
import type { Device } from "../device/types.js";
import { type Levels, levelValues } from "../diffusion/edm.js";
import { denoisingLoss } from "../diffusion/loss.js";
import { type LogNormal, logNormalSigmas } from "../diffusion/noise-levels.js";
import { type TokenBatch, type TokenValues, tokenValues } from "../models/text/text-encoder.js";
import { joinParameters, valueAndGradOf } from "../nn/index.js";
import { randomNormal } from "../ops/random.js";
import { reshape } from "../ops/reshape.js";
import { Learner, type LearnerOptions, type SavedTensors, type Trainer } from "../optim/index.js";
import {
  type CapturedStep,
  type CaptureOptions,
  capture,
  type StepTensors,
} from "../tensor/capture.js";
import type { Values } from "../tensor/dtype.js";
import type { Key } from "../tensor/key.js";
import type { Tensor } from "../tensor/tensor.js";
import type { TextToImage } from "./text-to-image.js";

/** Captioned pictures: images [n, 3, H, W] in [-1, 1], row-major. */
export interface CaptionedBatch extends TokenBatch {
  readonly images: Float32Array;
}

export interface TeacherOptions {
  readonly model: TextToImage;
  readonly device: Device;
  readonly key: Key;
  readonly batch: number;
  /** The batch of step t; the same t gives the same batch. */
  readonly batches: (t: number) => CaptionedBatch;
  readonly learner: LearnerOptions;
  readonly noise: LogNormal;
  /** Probability with which a caption is dropped. */
  readonly dropout: number;
  /** "eager" runs the step op by op, for debugging; the results are the same. Default "replay". */
  readonly mode?: CaptureOptions["mode"];
}

/** What changes from step to step: words of text, noise levels, pictures, a key. */
type Input = "images" | "key" | keyof TokenValues | keyof Levels<unknown>;

/** What a step of the teacher reports, scalars. */
export type Losses = { readonly loss: Tensor; readonly grad_norm: Tensor };

export class TeacherTrainer implements Trainer {
  readonly batch: number;
  readonly learner: Learner;
  steps = 0;
  private readonly options: TeacherOptions;
  private readonly step: CapturedStep<Input, Losses>;

  constructor(options: TeacherOptions) {
    const { model, device, mode = "replay" } = options;
    const { text_encoder, unet } = model;
    this.options = options;
    this.batch = options.batch;
    this.learner = new Learner(joinParameters({ text_encoder, unet }), options.learner);
    this.step = capture(device, (inputs: StepTensors<Input>) => this.learn(inputs), { mode });
  }

  advance(): Losses {
    const inputs = this.draw();
    this.learner.advance();
    const { loss, grad_norm } = this.step.run(inputs);
    this.steps += 1;
    return { loss: loss.alias({}), grad_norm: grad_norm.alias({}) };
  }

  /** What the captured step holds, once it was recorded. */
  get memory(): CaptureMemory | undefined {
    return this.step.memory;
  }

  /** The inputs of this step. */
  private draw(): Record<Input, Values> {
    const { model, batches, noise, dropout } = this.options;
    const key = this.options.key.fold(this.steps);
    const batch = batches(this.steps);
    const sigma = logNormalSigmas(key.fold(0), batch.n, noise);
    const coin = key.fold(2);
    const dropped = sigma.map((_, i) => coin.fold(i).uniform() < dropout);
    return {
      images: batch.images,
      ...tokenValues(batch, dropped),
      ...levelValues(sigma, model.config.sigma_data),
      key: Uint32Array.from(key.fold(1).words),
    };
  }

  /** What is captured. */
  private learn({ images, key, ids, mask, weights, keep, ...levels }: StepTensors<Input>): Losses {
    const { model, device } = this.options;
    const { sigma_data, unet, block } = model.config;
    const [n, side] = [keep.size, unet.sample_size * block];
    const x0 = model.encode(reshape(images, [n, 3, side, side]));
    const noise = randomNormal(device, key, x0.shape);
    const sigma = { ...levels, sigma_data };
    const tokens = { n, length: ids.size / n, ids, mask, weights, keep };
    const { value, grads } = valueAndGradOf(this.learner.parameters, () => {
      const condition = model.condition(device, tokens);
      return denoisingLoss(model.denoiser, { x0, sigma, noise, condition }, sigma_data);
    });
    return { loss: value, grad_norm: this.learner.apply(grads) };
  }

  state(): Map<string, Tensor> {
    return this.learner.state("teacher");
  }

  restore(saved: SavedTensors, steps: number): void {
    this.learner.restore("teacher", saved, steps);
    this.steps = steps;
  }

  /** Frees the optimiser and the captured step; the model stays. */
  dispose(): void {
    this.step.dispose();
    this.learner.dispose();
  }
}
