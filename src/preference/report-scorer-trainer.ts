/**
 * Trains the report-only scorer: subject, background and style as three classifications.
 *
 *     L = mean CE(subject) + mean CE(background) + mean CE(style)
 *
 * All combinations, also those that generators and the reward never see: it has to read whatever a
 * picture shows. Its key is folded apart, so that even one seed for all gives it other data.
 */

import { type Atlas, COLOURS, makeBatch, SCENE_SIZE, STYLES, SUBJECTS } from "../data/index.js";
import type { Device } from "../device/types.js";
import { ReportScorer, type ReportScorerConfig, reportConfig } from "../models/reward/index.js";
import { initParams } from "../nn/index.js";
import { add } from "../ops/binary.js";
import { crossEntropy } from "../ops/cross-entropy.js";
import { mean } from "../ops/mean.js";
import type { Learner, SavedTensors, Trainer } from "../optim/index.js";
import { tensor } from "../tensor/create.js";
import type { Key } from "../tensor/key.js";
import type { Tensor } from "../tensor/tensor.js";
import { AUGMENTATION, augment } from "./augment.js";
import { accuracy, learnStep, type Report } from "./learn-step.js";
import { learnerFor, type ScorerTraining } from "./reward-trainer.js";

/** How the report's scorer of the repository was trained. */
export const REPORT_TRAINING: ScorerTraining = {
  batch: 64,
  steps: 1500,
  lr: 2e-3,
  warmup: 50,
  weightDecay: 0.01,
  ema: 0.995,
  augmentation: AUGMENTATION,
};

/** What the trainer is made of. */
export interface ReportScorerTrainerOptions {
  readonly device: Device;
  readonly atlas: Atlas;
  readonly key: Key;
  /** Default: `reportConfig` for the words of the data. */
  readonly model?: ReportScorerConfig;
  readonly training?: Partial<ScorerTraining>;
}

/** Keeps this scorer's randomness apart from the reward's under one key. */
const OWN_BRANCH = 0x5c04e;

export class ReportScorerTrainer implements Trainer {
  readonly scorer: ReportScorer;
  readonly learner: Learner;
  readonly training: ScorerTraining;
  steps = 0;
  private readonly device: Device;
  private readonly atlas: Atlas;
  private readonly key: Key;

  constructor({ device, atlas, key, model, training }: ReportScorerTrainerOptions) {
    const own = key.fold(OWN_BRANCH);
    this.device = device;
    this.atlas = atlas;
    this.key = own.fold(1);
    this.training = { ...REPORT_TRAINING, ...training };
    this.scorer = new ReportScorer(initParams(device, own.fold(0)), model ?? classesOfData());
    this.learner = learnerFor(this.scorer.parameters(), this.training);
  }

  get batch(): number {
    return this.training.batch;
  }

  /** Reports loss, norm, and the accuracies subject, background and style. */
  advance(): Report {
    const key = this.key.fold(this.steps);
    this.steps += 1;
    return learnStep(this.device, this.scorer, this.learner, () => {
      const { images, scenes } = makeBatch(key.integer(2 ** 31), this.batch, this.atlas, {
        split: "all",
      });
      const pictures = { images, n: scenes.length, side: SCENE_SIZE };
      const x = augment(this.device, pictures, key.fold(0), this.training.augmentation);
      const logits = this.scorer.forward(x);
      const targets = {
        subject: Uint32Array.from(scenes, (s) => SUBJECTS.indexOf(s.subject)),
        background: Uint32Array.from(scenes, (s) => COLOURS.indexOf(s.background)),
        style: Uint32Array.from(scenes, (s) => STYLES.indexOf(s.style)),
      };
      const loss = (["subject", "background", "style"] as const)
        .map((head) => mean(crossEntropy(logits[head], tensor(this.device, targets[head]))))
        .reduce((a, b) => add(a, b));
      return {
        loss,
        aux: {
          subject: accuracy(logits.subject, targets.subject),
          background: accuracy(logits.background, targets.background),
          style: accuracy(logits.style, targets.style),
        },
      };
    });
  }

  state(): Map<string, Tensor> {
    return this.learner.state("report");
  }

  restore(saved: SavedTensors, steps: number): void {
    this.learner.restore("report", saved, steps);
    this.steps = steps;
  }

  /** Frees the optimiser and the scorer. */
  dispose(): void {
    this.learner.dispose();
    this.scorer.dispose();
  }
}

function classesOfData(): ReportScorerConfig {
  return reportConfig({
    subjects: SUBJECTS.length,
    backgrounds: COLOURS.length,
    styles: STYLES.length,
  });
}
