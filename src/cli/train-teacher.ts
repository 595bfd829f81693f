/** `hitofude train teacher`: a conditional diffusion model on captioned scenes. */
import { MAX_TOKENS, makeBatch } from "../data/index.js";
import { loadAtlases } from "../io/node-atlas.js";
import { buildModel, initParams } from "../nn/index.js";
import { warmupCosine } from "../optim/index.js";
import { TeacherTrainer } from "../pipeline/teacher-trainer.js";
import { TextToImage } from "../pipeline/text-to-image.js";
import { Key } from "../tensor/key.js";
import { checkSizes } from "./model-config.js";
import { writeModel } from "./model-files.js";
import type { TeacherConfig } from "./presets.js";
import { writePreview } from "./preview.js";
import type { ProfileOptions } from "./profiling.js";
import { type RunResult, runTraining } from "./run-loop.js";
import { type CommonOptions, withDevice } from "./session.js";

export interface TrainOptions extends CommonOptions, ProfileOptions {
  readonly out: string;
  readonly saveEvery: number;
  readonly previewEvery: number;
  /** Which of this call's steps is timed. */
  readonly profileStep: number;
}

/** Spreads the seeds of batches of one run: t and seed decide the batch alone. */
export function batchSeed(seed: number, t: number): number {
  return seed * 1_000_003 + t;
}

export async function trainTeacher(
  config: TeacherConfig,
  options: TrainOptions,
): Promise<RunResult> {
  checkSizes(config.model);
  const atlas = await loadAtlases();
  return withDevice(options, async ({ device }) => {
    const key = Key.from(config.seed);
    const model = buildModel(device, initParams(device, key.fold(0)), (params) =>
      TextToImage.build(params, config.model),
    );
    const { batch, warmup, decay, P_mean, P_std, dropout, ema } = config;
    const { sigma_min, sigma_max } = config.model;
    const trainer = new TeacherTrainer({
      model,
      device,
      key: key.fold(1),
      batch,
      batches: (t) => {
        const { images, tokens } = makeBatch(batchSeed(config.seed, t), batch, atlas);
        return { images, ids: tokens, n: batch, length: MAX_TOKENS };
      },
      learner: { lr: warmupCosine(config.lr, { warmup, steps: decay, floor: 0.02 }), ema },
      noise: { P_mean, P_std, sigma_min, sigma_max },
      dropout,
    });
    const about = { model: config.model, stage: config.stage, run: config };
    return runTraining({
      ...options,
      device,
      trainer,
      config,
      preview: (file) =>
        trainer.learner.ema.with(() =>
          writePreview(file, device, model, { steps: 12, alpha_cfg: 1 }),
        ),
      writeModel: (file) => writeModel(file, trainer.learner.ema.averages, about),
    });
  });
}
