/**
 * Trains the teacher: denoising score matching on captioned pictures, with the caption dropped now
 * and then, so that guidance has an unconditional model to lean on.
 */
import type { Device } from "../device/types.js";
import { denoisingLoss } from "../diffusion/loss.js";
import { type LogNormal, logNormalSigmas } from "../diffusion/noise-levels.js";
import type { TokenBatch } from "../models/text/text-encoder.js";
import { joinParameters, valueAndGradOf } from "../nn/index.js";
import { randomNormal } from "../ops/random.js";
import { Learner, type LearnerOptions, type SavedTensors, type Trainer } from "../optim/index.js";
import { tensor } from "../tensor/create.js";
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
}

export class TeacherTrainer implements Trainer {
  readonly batch: number;
  readonly learner: Learner;
  steps = 0;
  private readonly options: TeacherOptions;

  constructor(options: TeacherOptions) {
    this.options = options;
    this.batch = options.batch;
    const { text_encoder, unet } = options.model;
    this.learner = new Learner(joinParameters({ text_encoder, unet }), options.learner);
  }

  advance(): { loss: Tensor; grad_norm: Tensor } {
    const { model, device, batches, noise: levels, dropout } = this.options;
    const { sigma_data } = model.config;
    const key = this.options.key.fold(this.steps);
    using scope = device.scope();
    const batch = batches(this.steps);
    const side = model.config.unet.sample_size * model.config.block;
    const x0 = model.encode(tensor(device, batch.images, [batch.n, 3, side, side]));
    const sigma = logNormalSigmas(key.fold(0), batch.n, levels);
    const noise = randomNormal(device, key.fold(1), x0.shape);
    const coin = key.fold(2);
    const dropped = sigma.map((_, i) => coin.fold(i).uniform() < dropout);
    const { value, grads } = valueAndGradOf(this.learner.parameters, () => {
      const condition = model.condition(device, batch, dropped);
      return denoisingLoss(model.denoiser, { x0, sigma, noise, condition }, sigma_data);
    });
    const grad_norm = this.learner.update(grads);
    this.steps += 1;
    return { loss: scope.keep(value), grad_norm: scope.keep(grad_norm) };
  }

  state(): Map<string, Tensor> {
    return this.learner.state("teacher");
  }

  restore(saved: SavedTensors, steps: number): void {
    this.learner.restore("teacher", saved, steps);
    this.steps = steps;
  }

  dispose(): void {
    this.learner.dispose();
  }
}
