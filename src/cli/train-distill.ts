/**
 * `hitofude train one-step` and `hitofude train align`: the two-phase trainer, without and with a
 * reward.
 */
import { AlignmentTrainer } from "../alignment/trainer.js";
import { MAX_TOKENS, makeBatch } from "../data/index.js";
import type { GpuDevice } from "../device/device.js";
import { type TimeDistribution, timeDistribution } from "../diffusion/index.js";
import { weightingNamed } from "../divergences/index.js";
import { UsageError } from "../errors.js";
import { loadAtlases } from "../io/node-atlas.js";
import type { TokenBatch } from "../models/text/text-encoder.js";
import { warmupConstant } from "../optim/index.js";
import type { TextToImage } from "../pipeline/text-to-image.js";
import { Key } from "../tensor/key.js";
import { divergenceFor } from "./divergence-options.js";
import { modelPath, openModel, writeModel } from "./model-files.js";
import type { DistillConfig } from "./presets.js";
import { writePreview } from "./preview.js";
import { type RunResult, runTraining } from "./run-loop.js";
import { openReward } from "./scorer-files.js";
import { withDevice } from "./session.js";
import { batchSeed, type TrainOptions } from "./train-teacher.js";

export async function trainDistill(
  config: DistillConfig,
  options: TrainOptions,
): Promise<RunResult> {
  // Names what is wrong with the config before a device is opened.
  const times = timesOf(config);
  divergenceFor(config, 1);
  const { teacher, from, reward } = config;
  // Names the file that is missing before a device is opened.
  [teacher, from, ...(config.alpha_rew === 0 ? [] : [reward])].forEach(modelPath);
  const prompts = await promptSource(config.seed, config.batch);
  return withDevice(options, async ({ device }) => {
    const reference = openModel(device, teacher, ["teacher"]).model;
    const generator = openModel(device, from).model;
    const assistant = openModel(device, teacher, ["teacher"]).model;
    const trainer = new AlignmentTrainer({
      device,
      key: Key.from(config.seed),
      batch: config.batch,
      prompts,
      reference,
      generator,
      assistant,
      generatorNoise: times,
      ...schedules(config, reference),
      loss: {
        divergence: divergenceFor(config, elementsOf(reference)),
        weighting: weightingNamed(config.weighting),
        guidance: config.guidance,
        alpha_cfg: config.alpha_cfg,
        alpha_rew: config.alpha_rew,
        tilt: config.tilt,
        reward: rewardOf(device, config),
      },
    });
    const about = { model: generator.config, stage: config.stage, run: config };
    return runTraining({
      ...options,
      device,
      trainer,
      config,
      preview: (file) =>
        trainer.generatorLearner.ema.with(() =>
          writePreview(file, device, generator, { steps: 1, alpha_cfg: 0 }),
        ),
      writeModel: (file) => writeModel(file, generatorWeights(trainer, generator), about),
    });
  });
}

function schedules(config: DistillConfig, { config: model }: TextToImage) {
  const { lr, lr_psi, ema, K_TA, warmup, P_mean, P_std } = config;
  const { sigma_min, sigma_max } = model;
  const betas = [0, 0.999] as const;
  return {
    K_TA,
    warmup,
    assistantNoise: { P_mean, P_std, sigma_min, sigma_max },
    assistantLearner: { lr: warmupConstant(lr_psi, 10), betas, ema: 0.9 },
    generatorLearner: { lr: warmupConstant(lr, 10), betas, ema },
  };
}

/** Where the generator's noise levels are drawn. */
function timesOf({ time_distribution, sigma_low, sigma_high }: DistillConfig): TimeDistribution {
  if (sigma_low < sigma_high) {
    return timeDistribution(time_distribution, { sigma_min: sigma_low, sigma_max: sigma_high });
  }
  throw new UsageError(
    `sigma_low ${sigma_low} is not below sigma_high ${sigma_high}. Give --sigma-low and ` +
      "--sigma-high so that noise levels lie between them.",
  );
}

/** D: the elements of what the reference sees. */
function elementsOf({ config: { unet } }: TextToImage): number {
  return unet.in_channels * unet.sample_size ** 2;
}

/** Captions of training scenes; distillation sees no pictures. */
async function promptSource(seed: number, batch: number): Promise<(t: number) => TokenBatch> {
  const atlas = await loadAtlases();
  return (t) => {
    const { tokens } = makeBatch(batchSeed(seed, t), batch, atlas);
    return { ids: tokens, n: batch, length: MAX_TOKENS };
  };
}

function rewardOf(device: GpuDevice, { alpha_rew, reward }: DistillConfig) {
  if (alpha_rew === 0) return undefined;
  const scorer = openReward(device, reward);
  return scorer.score.bind(scorer);
}

/** The averaged UNet beside the frozen text encoder. */
function generatorWeights(trainer: AlignmentTrainer, { text_encoder }: TextToImage) {
  const weights = new Map(
    [...text_encoder.parameters()].map(([name, { value }]) => [`text_encoder.${name}`, value]),
  );
  for (const [name, value] of trainer.generatorLearner.ema.averages)
    weights.set(`unet.${name}`, value);
  return weights;
}
