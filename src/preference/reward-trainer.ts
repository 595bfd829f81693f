/**
 * Trains the reward: the text-image scorer by symmetric InfoNCE (Radford et al. 2021, figure 3).
 *
 *     L = ½ mean_i CE(logits_i, i) + ½ mean_j CE(logitsᵀ_j, j),      logits + mask
 *
 * Pictures and pairs come from contrast-batch.ts, what happens to the pictures from augment.ts.
 * Training split alone.
 */

import { type Atlas, MAX_TOKENS, SCENE_SIZE, VOCABULARY } from "../data/index.js";
import type { Device } from "../device/types.js";
import {
  rewardConfig,
  TextImageScorer,
  type TextImageScorerConfig,
} from "../models/reward/index.js";
import { type TokenValues, tokenValues } from "../models/text/text-encoder.js";
import { buildModel, initParams } from "../nn/index.js";
import { add, mul } from "../ops/binary.js";
import { crossEntropy } from "../ops/cross-entropy.js";
import { mean } from "../ops/mean.js";
import { permute } from "../ops/permute.js";
import { reshape } from "../ops/reshape.js";
import { Learner, type SavedTensors, type Trainer, warmupCosine } from "../optim/index.js";
import type { CapturedStep, CaptureOptions, StepTensors } from "../tensor/capture.js";
import { tensor } from "../tensor/create.js";
import type { Values } from "../tensor/dtype.js";
import type { Key } from "../tensor/key.js";
import type { Tensor } from "../tensor/tensor.js";
import {
  AUGMENTATION,
  type Augmentation,
  type AugmentedValues,
  augmentedValues,
  noisy,
} from "./augment.js";
import { contrastBatch, contrastScenes, falseNegativeMask } from "./contrast-batch.js";
import { accuracy, learnStep, type Report, takeStep } from "./learn-step.js";

/** Batch, length and optimiser of a scorer's training. */
export interface ScorerTraining {
  readonly batch: number;
  /** Length of the run: the learning rate falls to 0 at its end. */
  readonly steps: number;
  readonly lr: number;
  readonly warmup: number;
  readonly weightDecay: number;
  readonly ema: number;
  readonly augmentation: Augmentation;
}

/** How the reward of the repository was trained. */
export const REWARD_TRAINING: ScorerTraining = {
  batch: 64,
  steps: 1000,
  lr: 2e-3,
  warmup: 50,
  weightDecay: 0.01,
  ema: 0.995,
  augmentation: AUGMENTATION,
};

/** What the trainer is made of. */
export interface RewardTrainerOptions {
  readonly device: Device;
  readonly atlas: Atlas;
  readonly key: Key;
  /** Default: `rewardConfig` for the words of the data. */
  readonly model?: TextImageScorerConfig;
  readonly training?: Partial<ScorerTraining>;
  /** "eager" runs the step op by op, for debugging; the results are the same. Default "replay". */
  readonly mode?: CaptureOptions["mode"];
}

/** What changes from step to step. */
type Input = "left_out" | keyof AugmentedValues | keyof TokenValues;

export function learnerFor(
  parameters: ConstructorParameters<typeof Learner>[0],
  { lr, warmup, steps, weightDecay, ema }: ScorerTraining,
): Learner {
  return new Learner(parameters, { lr: warmupCosine(lr, { warmup, steps }), weightDecay, ema });
}

export class RewardTrainer implements Trainer {
  readonly scorer: TextImageScorer;
  readonly learner: Learner;
  readonly training: ScorerTraining;
  steps = 0;
  private readonly atlas: Atlas;
  private readonly key: Key;
  private readonly step: CapturedStep<Input, Report>;

  constructor(options: RewardTrainerOptions) {
    const { device, atlas, key, model, training, mode = "replay" } = options;
    this.atlas = atlas;
    this.key = key.fold(1);
    this.training = { ...REWARD_TRAINING, ...training };
    const config = model ?? rewardConfig(VOCABULARY.length, MAX_TOKENS);
    const params = initParams(device, key.fold(0));
    this.scorer = buildModel(device, params, (source) => new TextImageScorer(source, config));
    this.learner = learnerFor(this.scorer.parameters(), this.training);
    const loss = (inputs: StepTensors<Input>) => this.loss(inputs);
    this.step = learnStep(device, this.learner, loss, { mode });
  }

  get batch(): number {
    return this.training.batch;
  }

  /** Reports loss, norm, and accuracy: of finding the caption of a picture within the batch. */
  advance(): Report {
    const inputs = this.draw();
    this.steps += 1;
    return takeStep(this.step, this.learner, inputs);
  }

  private draw(): Record<Input, Values> {
    const key = this.key.fold(this.steps);
    const scenes = contrastScenes(key.integer(2 ** 31), this.batch);
    const { images, tokens } = contrastBatch(scenes, this.atlas);
    const pictures = { images, n: scenes.length, side: SCENE_SIZE };
    return {
      ...augmentedValues(pictures, key.fold(0), this.training.augmentation),
      ...tokenValues(tokens),
      left_out: falseNegativeMask(scenes),
    };
  }

  /** What is captured. */
  private loss({ left_out, ids, mask, weights, keep, ...pictures }: StepTensors<Input>) {
    const n = keep.size;
    const tokens = { n, length: ids.size / n, ids, mask, weights, keep };
    const logits = this.scorer.logits(noisy(pictures, SCENE_SIZE), tokens);
    return infoNce(logits, reshape(left_out, [n, n]));
  }

  state(): Map<string, Tensor> {
    return this.learner.state("reward");
  }

  restore(saved: SavedTensors, steps: number): void {
    this.learner.restore("reward", saved, steps);
    this.steps = steps;
  }

  /** Frees the optimiser and the scorer. */
  dispose(): void {
    this.step.dispose();
    this.learner.dispose();
    this.scorer.dispose();
  }
}

/** logits [N, N] (pictures × captions) and an additive mask [N, N] → the loss, with accuracy. */
export function infoNce(logits: Tensor, mask: Tensor): { loss: Tensor; aux: Report } {
  const n = logits.dim(0);
  const masked = add(logits, mask);
  const diagonal = Uint32Array.from({ length: n }, (_, i) => i);
  const targets = tensor(logits.device, diagonal, [n]);
  const byPicture = mean(crossEntropy(masked, targets));
  const byCaption = mean(crossEntropy(permute(masked, [1, 0]), targets));
  return {
    loss: mul(add(byPicture, byCaption), 0.5),
    aux: { accuracy: accuracy(masked, targets) },
  };
}
