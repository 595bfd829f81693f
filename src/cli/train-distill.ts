/**
 * `hitofude train one-step` and `hitofude train align`: the two-phase trainer, without and with a
 * reward.
 */
import { join } from "node:path";
import { AlignmentTrainer } from "../alignment/trainer.js";
import { MAX_TOKENS, makeBatch } from "../data/index.js";
import type { GpuDevice } from "../device/device.js";
import type { TextToImage } from "../pipeline/text-to-image.js";
import { type Divergence, divergences } from "../divergences/index.js";
import { UsageError } from "../errors.js";
import { loadAtlases } from "../io/node-atlas.js";
import type { TokenBatch } from "../models/text/text-encoder.js";
import { warmupConstant } from "../optim/index.js";
import { Key } from "../tensor/key.js";
import { modelPath, openModel, writeModel } from "./model-files.js";
import type { DistillConfig } from "./presets.js";
import { writePreview } from "./preview.js";
import { type RunResult, runTraining } from "./run-loop.js";
import { openReward } from "./scorer-files.js";
import { withDevice } from "./session.js";
import { batchSeed, type TrainOptions } from "./train-teacher.js";

export interface DistillOptions extends TrainOptions {
  /** The reference diffusion; default: the repository's teacher. */
  readonly teacher?: string;
  /** What the generator starts from; default: the teacher. */
  readonly from?: string;
  /** The reward's file; needed when alpha_rew is not 0. */
  readonly reward?: string;
}

export async function trainDistill(config: DistillConfig, options: DistillOptions): Promise<RunResult> {
  const { steps, seed, batch } = config;
  const divergence = divergenceOf(config);
  const teacherFile = modelPath(options.teacher, "teacher");
  const fromFile = options.from ?? (config.stage === "align" ? modelPath(undefined, "one-step") : teacherFile);
  const prompts = await promptSource(seed, batch);
  return withDevice(options, async ({ device }) => {
    const reference = openModel(device, teacherFile).model;
    const generator = openModel(device, fromFile).model;
    const assistant = openModel(device, teacherFile).model;
    const trainer = new AlignmentTrainer({
      device,
      key: Key.from(seed),
      batch,
      prompts,
      reference,
      generator,
      assistant,
      ...schedules(config, reference),
      loss: {
        divergence: divergence(reference),
        weight: () => 1,
        guidance: config.guidance,
        alpha_cfg: config.alpha_cfg,
        alpha_rew: config.alpha_rew,
        reward: rewardOf(device, config, options),
      },
    });
    const files = { teacher: teacherFile, from: fromFile };
    const preview = (file: string): Promise<void> =>
      trainer.generatorLearner.ema.with(() =>
        writePreview(file, device, generator, { steps: 1, alpha_cfg: 0 }),
      );
    const result = await runTraining({
      label: config.stage,
      device,
      trainer,
      config: { ...config },
      steps,
      preview,
      ...options,
    });
    const weights = generatorWeights(trainer, generator);
    const about = { model: generator.config, stage: config.stage, run: { ...config, files } };
    await writeModel(join(options.out, "model.safetensors"), weights, about);
    return result;
  });
}

function schedules(config: DistillConfig, { config: model }: TextToImage) {
  const { lr, lr_psi, ema, K_TA, warmup, P_mean, P_std, sigma_low, sigma_high } = config;
  const { sigma_min, sigma_max } = model;
  const betas = [0, 0.999] as const;
  return {
    K_TA,
    warmup,
    assistantNoise: { P_mean, P_std, sigma_min, sigma_max },
    generatorNoise: { sigma_min: sigma_low, sigma_max: sigma_high },
    assistantLearner: { lr: warmupConstant(lr_psi, 10), betas, ema: 0.9 },
    generatorLearner: { lr: warmupConstant(lr, 10), betas, ema },
  };
}

function divergenceOf(config: DistillConfig): (model: TextToImage) => Divergence {
  const make = divergences[config.divergence];
  if (!make) {
    throw new UsageError(
      `There is no divergence "${config.divergence}". Choose one of: ` +
        `${Object.keys(divergences).join(", ")}.`,
    );
  }
  return ({ config: { unet } }) => {
    const elements = unet.in_channels * unet.sample_size ** 2;
    return make({ c: config.c_per_element * Math.sqrt(elements), alpha: config.alpha });
  };
}

/** Captions of training scenes; distillation sees no pictures. */
async function promptSource(seed: number, batch: number): Promise<(t: number) => TokenBatch> {
  const atlas = await loadAtlases();
  return (t) => {
    const { tokens } = makeBatch(batchSeed(seed, t), batch, atlas);
    return { ids: tokens, n: batch, length: MAX_TOKENS };
  };
}

function rewardOf(device: GpuDevice, { alpha_rew }: DistillConfig, { reward }: DistillOptions) {
  if (alpha_rew === 0) return undefined;
  const scorer = openReward(device, reward);
  return scorer.score.bind(scorer);
}

/** The averaged UNet beside the frozen text encoder. */
function generatorWeights(trainer: AlignmentTrainer, { text_encoder }: TextToImage) {
  const weights = new Map(
    [...text_encoder.parameters()].map(([name, { value }]) => [`text_encoder.${name}`, value]),
  );
  for (const [name, value] of trainer.generatorLearner.ema.averages) weights.set(`unet.${name}`, value);
  return weights;
}
