/**
 * `hitofude train reward`: the text-image scorer that alignment optimises, on training combinations.
 * `hitofude train report-scorer`: the classifier that only reports, on all combinations.
 */
import { join } from "node:path";
import type { Atlas } from "../data/index.js";
import type { GpuDevice } from "../device/device.js";
import { loadAtlases } from "../io/node-atlas.js";
import type { Learner, Trainer } from "../optim/index.js";
import { ReportScorerTrainer, RewardTrainer } from "../preference/index.js";
import { Key } from "../tensor/key.js";
import type { StageConfig } from "./presets.js";
import { type RunResult, runTraining } from "./run-loop.js";
import { writeScorer } from "./scorer-files.js";
import { withDevice } from "./session.js";
import type { TrainOptions } from "./train-teacher.js";

/** Both trainers look alike from here. */
interface ScorerTrainer extends Trainer {
  readonly learner: Learner;
  readonly scorer: { readonly config: unknown };
}

const TRAINERS: Readonly<
  Record<string, (device: GpuDevice, atlas: Atlas, config: StageConfig) => ScorerTrainer>
> = {
  reward: (device, atlas, config) =>
    new RewardTrainer({ device, atlas, key: Key.from(config.seed), training: config }),
  "report-scorer": (device, atlas, config) =>
    new ReportScorerTrainer({ device, atlas, key: Key.from(config.seed), training: config }),
};

export async function trainScorer(config: StageConfig, options: TrainOptions): Promise<RunResult> {
  const atlas = await loadAtlases();
  return withDevice(options, async ({ device }) => {
    const { stage, steps } = config;
    const make = TRAINERS[stage];
    if (!make) throw new RangeError(`no scorer ${stage}`);
    const trainer = make(device, atlas, config);
    const run = { label: stage, device, trainer, config: { ...config }, steps };
    const result = await runTraining({ ...run, ...options });
    const about = { stage, model: trainer.scorer.config, run: config };
    await writeScorer(join(options.out, "model.safetensors"), trainer.learner.ema.averages, about);
    return result;
  });
}
