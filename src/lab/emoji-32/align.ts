/**
 * The job of one trial: the one-step generator, aligned by the repository's trainer with one arm, one
 * proxy and one strength, measured along the way.
 *
 *     α_rew = strength · E‖∇θ divergence‖ / ‖∇θ E r̂‖
 *
 * The first norm is the mean over the arm's own run without a reward on the first seed, the second
 * the proxy's on the start generator. Divergences differ in scale by orders of magnitude; strengths
 * say the same of each, whatever is registered.
 */
import { AlignmentTrainer } from "../../alignment/trainer.js";
import { SCENE_LENGTH, SCENE_SIZE } from "../../data/index.js";
import { timeDistribution } from "../../diffusion/index.js";
import { HitofudeError } from "../../errors.js";
import { toBase64 } from "../../io/base64.js";
import { encodePng, pictureGrid, toPixels } from "../../io/index.js";
import { warmupConstant } from "../../optim/index.js";
import { Key } from "../../tensor/key.js";
import type { Bench, JobContext } from "../experiment.js";
import { type Arm, divergenceOf } from "./arms.js";
import type { Emoji32Config } from "./config.js";
import { type Measures, measureGenerator, type Reference, referenceOf } from "./measure.js";
import type { ProxyName } from "./pairs.js";
import { proxyReward, type ScaledProxy } from "./proxy.js";
import { openProxy, type ProxyResults } from "./proxy-job.js";
import { openWorkshop, promptSource, STREAM, type Workshop } from "./workshop.js";

/** What one trial is: no proxy means no reward. */
export interface Trial {
  readonly seed: number;
  readonly arm: Arm;
  readonly proxy?: ProxyName;
  readonly strength: number;
}

export interface Checkpoint {
  readonly step: number;
  readonly measures: Measures;
  /** PNG of one picture of each of the first prompts, as base64; of the first seed alone. */
  readonly pictures?: string;
}

export interface Trained {
  readonly alpha_rew: number;
  /** Mean norm of the generator's gradient over the steps, before clipping. */
  readonly force: number;
  readonly points: readonly Checkpoint[];
}

/** Pictures that stand in the report for each checkpoint. */
export const SHOWN = 8;
const SIGMAS = { sigma_min: 0.15, sigma_max: 5 } as const;

/** Everything of a job, measured and drawn with the seed's own z. */
interface Setting {
  readonly config: Emoji32Config;
  readonly workshop: Workshop;
  readonly proxies: Readonly<Record<ProxyName, ScaledProxy>>;
  readonly reference: Reference;
  readonly sampling: Key;
  readonly keepPictures: boolean;
}

/** The start generator itself, measured as arms are; and what they are measured against. */
export interface Start extends Checkpoint {
  readonly reference: Reference;
}

interface About {
  readonly seed: number;
  readonly proxies: ProxyResults;
}

async function setUp(
  config: Emoji32Config,
  { seed, proxies }: About,
  bench: Bench,
): Promise<Omit<Setting, "reference">> {
  const workshop = await openWorkshop(bench, config);
  const { device } = workshop;
  return {
    config,
    workshop,
    proxies: {
      learned: openProxy(device, proxies.learned),
      saturated: openProxy(device, proxies.saturated),
    },
    sampling: Key.from(config.seed).fold(STREAM.sampling).fold(seed),
    keepPictures: seed === 0,
  };
}

export async function runStart(
  config: Emoji32Config,
  about: About,
  { bench }: JobContext,
): Promise<Start> {
  const device = await bench.device();
  using _scope = device.scope();
  const setting = await setUp(config, about, bench);
  const { workshop, sampling } = setting;
  const reference = await referenceOf(workshop, sampling);
  return { ...(await checkpoint({ ...setting, reference }, workshop.start, 0)), reference };
}

/** All that a trial depends on besides the config. */
export interface Given {
  readonly alpha_rew: number;
  readonly proxies: ProxyResults;
  readonly reference: Reference;
}

export async function runTrial(
  config: Emoji32Config,
  trial: Trial,
  { alpha_rew, proxies, reference }: Given,
  { bench, tick }: JobContext,
): Promise<Trained> {
  const device = await bench.device();
  using _scope = device.scope();
  const setting = { ...(await setUp(config, { seed: trial.seed, proxies }, bench)), reference };
  const trainer = await makeTrainer(setting, { trial, alpha_rew }, bench);
  const points: Checkpoint[] = [];
  let force = 0;
  for (let step = 1; step <= config.steps; step++) {
    await tick((step - 1) / config.steps);
    force += (await advance(trainer.trainer, setting.workshop)) / config.steps;
    const before = Math.floor(((step - 1) * config.checkpoints) / config.steps);
    const due = Math.floor((step * config.checkpoints) / config.steps) > before;
    if (due) points.push(await checkpoint(setting, trainer.generator, step));
  }
  return { alpha_rew, force, points };
}

/** One step; the norm of the generator's gradient. */
async function advance(trainer: AlignmentTrainer, { device }: Workshop): Promise<number> {
  using _scope = device.scope();
  const norm = (await trainer.advance().grad_norm?.item()) ?? Number.NaN;
  return finiteNorm(norm, trainer.steps);
}

/** @throws HitofudeError for a norm that is no number. */
export function finiteNorm(norm: number, step: number): number {
  if (Number.isFinite(norm)) return norm;
  throw new HitofudeError(
    `emoji-32: the gradient became ${norm} in step ${step}. Give a lower --lr, or smaller ` +
      "--strengths, in another folder.",
  );
}

async function makeTrainer(
  { config, workshop, proxies }: Setting,
  { trial, alpha_rew }: { readonly trial: Trial; readonly alpha_rew: number },
  bench: Bench,
) {
  const { device, atlas, fit } = workshop;
  const [reference, assistant] = [await bench.model("teacher"), await bench.model("teacher")];
  const generator = await bench.model("one-step");
  const { unet, sigma_min, sigma_max } = reference.config;
  // The same draws for every arm of a seed: arms are paired.
  const key = Key.from(config.seed).fold(STREAM.training).fold(trial.seed);
  const betas = [0, 0.999] as const;
  const trainer = new AlignmentTrainer({
    device,
    key: key.fold(0),
    batch: config.batch,
    prompts: promptSource(atlas, key.fold(1), config.batch),
    reference,
    generator,
    assistant,
    K_TA: config.K_TA,
    warmup: config.warmup,
    assistantNoise: { P_mean: 0, P_std: 1.2, sigma_min, sigma_max },
    generatorNoise: timeDistribution("log-uniform", SIGMAS),
    assistantLearner: { lr: warmupConstant(config.lr_psi, 4), betas, ema: 0.9 },
    generatorLearner: { lr: warmupConstant(config.lr, 4), betas, ema: 0.9 },
    loss: {
      divergence: divergenceOf(trial.arm, unet.in_channels * unet.sample_size ** 2),
      weighting: trial.arm.weighting,
      guidance: "in",
      alpha_cfg: config.alpha_cfg,
      alpha_rew,
      reward: trial.proxy && proxyReward(proxies[trial.proxy], fit),
    },
  });
  return { trainer, generator };
}

async function checkpoint(
  setting: Setting,
  generator: Workshop["start"],
  step: number,
): Promise<Checkpoint> {
  const { workshop, reference, sampling: key, proxies, keepPictures, config } = setting;
  const { measures, images } = await measureGenerator(workshop, generator, reference, {
    key,
    proxies,
  });
  const pictures = keepPictures ? { pictures: strip(images, config.samples) } : {};
  return { step, measures, ...pictures };
}

/** One picture of each of the first prompts, side by side. */
function strip(images: Float32Array, samples: number): string {
  const prompts = Math.min(SHOWN, images.length / SCENE_LENGTH / samples);
  const shown = Array.from({ length: prompts }, (_, i) =>
    toPixels(images, i * samples, SCENE_SIZE),
  );
  return toBase64(encodePng(pictureGrid(shown, { columns: prompts, scale: 1, gap: 2 })));
}
