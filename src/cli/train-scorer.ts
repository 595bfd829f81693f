/**
 * `hitofude train reward`: the text-image scorer that alignment optimises; training combinations.
 * `hitofude train report-scorer`: the classifier that only reports, on all combinations.
 */
import type { Atlas } from "../data/index.js";
import type { GpuDevice } from "../device/device.js";
import { loadAtlases } from "../io/node-atlas.js";
import type { Learner, Trainer } from "../optim/index.js";
import { ReportScorerTrainer, RewardTrainer } from "../preference/index.js";
import { Key } from "../tensor/key.js";
import { writeModel } from "./model-files.js";
import type { StageConfig } from "./presets.js";
import { type RunResult, runTraining } from "./run-loop.js";
import { withDevice } from "./session.js";
import type { TrainOptions } from "./train-teacher.js";

/** Both trainers look alike from here. */
interface ScorerTrainer extends Trainer {
  readonly learner: Learner;
  readonly scorer: { readonly config: unknown };
}

type MakeTrainer = (device: GpuDevice, atlas: Atlas, config: StageConfig) => ScorerTrainer;
type TrainScorer = (config: StageConfig, options: TrainOptions) => Promise<RunResult>;

export const trainReward = scorerStage(
  (device, atlas, config) =>
    new RewardTrainer({ device, atlas, key: Key.from(config.seed), training: config }),
);

export const trainReportScorer = scorerStage(
  (device, atlas, config) =>
    new ReportScorerTrainer({ device, atlas, key: Key.from(config.seed), training: config }),
);

function scorerStage(make: MakeTrainer): TrainScorer {
  return async (config, options) => {
    const atlas = await loadAtlases();
    return withDevice(options, ({ device }) => {
      const trainer = make(device, atlas, config);
      const about = { stage: config.stage, model: trainer.scorer.config, run: config };
      return runTraining({
        ...options,
        device,
        trainer,
        config,
        fixedLength: true,
        writeModel: (file) => writeModel(file, trainer.learner.ema.averages, about),
      });
    });
  };
}
