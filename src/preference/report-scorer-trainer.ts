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
import { buildModel, initParams } from "../nn/index.js";
import { add } from "../ops/binary.js";
import { crossEntropy } from "../ops/cross-entropy.js";
import { mean } from "../ops/mean.js";
import type { Learner, SavedTensors, Trainer } from "../optim/index.js";
import type { CapturedStep, CaptureOptions, StepTensors } from "../tensor/capture.js";
import type { Values } from "../tensor/dtype.js";
import type { Key } from "../tensor/key.js";
import type { Tensor } from "../tensor/tensor.js";
import { AUGMENTATION, type AugmentedValues, augmentedValues, noisy } from "./augment.js";
import { accuracy, learnStep, type Report, takeStep } from "./learn-step.js";
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
  /** "eager" runs the step op by op, for debugging; the results are the same. Default "replay". */
  readonly mode?: CaptureOptions["mode"];
}

const HEADS = ["subject", "background", "style"] as const;
type Head = (typeof HEADS)[number];

/** What changes from step to step: pictures, and the right class of each. */
type Input = Head | keyof AugmentedValues;

/** Keeps this scorer's randomness apart from the reward's under one key. */
const OWN_BRANCH = 0x5c04e;

export class ReportScorerTrainer implements Trainer {
  readonly scorer: ReportScorer;
  readonly learner: Learner;
  readonly training: ScorerTraining;
  steps = 0;
  private readonly atlas: Atlas;
  private readonly key: Key;
  private readonly step: CapturedStep<Input, Report>;

  constructor(options: ReportScorerTrainerOptions) {
    const { device, atlas, key, model, training, mode = "replay" } = options;
    const own = key.fold(OWN_BRANCH);
    this.atlas = atlas;
    this.key = own.fold(1);
    this.training = { ...REPORT_TRAINING, ...training };
    const params = initParams(device, own.fold(0));
    const config = model ?? classesOfData();
    this.scorer = buildModel(device, params, (source) => new ReportScorer(source, config));
    this.learner = learnerFor(this.scorer.parameters(), this.training);
    const loss = (inputs: StepTensors<Input>) => this.loss(inputs);
    this.step = learnStep(device, this.learner, loss, { mode });
  }

  get batch(): number {
    return this.training.batch;
  }

  /** Reports loss, norm, and the accuracies subject, background and style. */
  advance(): Report {
    const inputs = this.draw();
    this.steps += 1;
    return takeStep(this.step, this.learner, inputs);
  }

  private draw(): Record<Input, Values> {
    const key = this.key.fold(this.steps);
    const seed = key.integer(2 ** 31);
    const { images, scenes } = makeBatch(seed, this.batch, this.atlas, { split: "all" });
    const pictures = { images, n: scenes.length, side: SCENE_SIZE };
    return {
      ...augmentedValues(pictures, key.fold(0), this.training.augmentation),
      subject: Uint32Array.from(scenes, (s) => SUBJECTS.indexOf(s.subject)),
      background: Uint32Array.from(scenes, (s) => COLOURS.indexOf(s.background)),
      style: Uint32Array.from(scenes, (s) => STYLES.indexOf(s.style)),
    };
  }

  /** What is captured. */
  private loss({ subject, background, style, ...pictures }: StepTensors<Input>) {
    const logits = this.scorer.forward(noisy(pictures, SCENE_SIZE));
    const targets = { subject, background, style };
    const losses = HEADS.map((head) => mean(crossEntropy(logits[head], targets[head])));
    const accuracies = HEADS.map((head) => [head, accuracy(logits[head], targets[head])]);
    return { loss: losses.reduce((a, b) => add(a, b)), aux: Object.fromEntries(accuracies) };
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
    this.step.dispose();
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
