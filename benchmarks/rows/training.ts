/**
 * Whole training steps of this project: teacher, assistant and generator, captured and replayed, at
 * the sizes that the repository's model is trained with. Pictures and captions are the same in every
 * step; drawing them is not measured.
 *
 * Beside the time a row says: the time in kernels, by the adapter's clock, and how much longer the
 * step takes; the most memory that was live, and the least that must be (everything that stays, and
 * what of the rest lives at once).
 */
import { EMOJI_32 } from "../../src/cli/presets.js";
import {
  AlignmentTrainer,
  type CaptureMemory,
  type Device,
  data,
  type GpuDevice,
  initParams,
  Key,
  loadAtlases,
  logUniform,
  pseudoHuber,
  ReferenceDevice,
  TeacherTrainer,
  type Tensor,
  TextToImage,
  type TextToImageConfig,
  weightingNamed,
  write,
} from "../../src/node.js";
import { values } from "../problem.js";
import { quantile } from "../statistics.js";
import type { Notes, OwnJob, Row } from "./row.js";

const BATCH = 32;
const CHECK_BATCH = 2;
const CHECK_STEPS = 2;

interface Trainer {
  advance(): Readonly<Record<string, Tensor>>;
  dispose(): void;
}

interface Trained {
  readonly trainer: Trainer;
  memory(): readonly CaptureMemory[];
}

type Build = (device: Device, config: TextToImageConfig, batch: number) => Promise<Trained>;

/** The same shape with few channels: references take seconds. */
const SMALL: TextToImageConfig = {
  ...EMOJI_32,
  unet: {
    ...EMOJI_32.unet,
    block_out_channels: [8, 8],
    norm_num_groups: 4,
    cross_attention_dim: 8,
    projection_class_embeddings_input_dim: 8,
  },
  text_encoder: {
    ...EMOJI_32.text_encoder,
    hidden_size: 8,
    intermediate_size: 16,
    num_hidden_layers: 1,
  },
};

/** Fresh networks end in zeros, and a check against zeros says nothing. */
function model(device: Device, config: TextToImageConfig, seed: number): TextToImage {
  const made = TextToImage.build(initParams(device, Key.from(seed)), config);
  let next = 1000 * seed;
  for (const { value } of made.unet.parameters().values()) {
    if (value.rank < 2) continue;
    const fanIn = value.size / value.dim(0);
    write(value, values({ shape: value.shape, seed: next++, spread: fanIn ** -0.5 }));
  }
  return made;
}

async function batchOf(batch: number) {
  const { images, tokens } = data.makeBatch(7, batch, await loadAtlases());
  return { images, ids: tokens, n: batch, length: data.MAX_TOKENS };
}

const learner = { lr: () => 1e-4, ema: 0.99 };

const teacher: Build = async (device, config, batch) => {
  const { sigma_min, sigma_max } = config;
  const given = await batchOf(batch);
  const trainer = new TeacherTrainer({
    model: model(device, config, 1),
    device,
    key: Key.from(3),
    batch,
    batches: () => given,
    learner,
    noise: { P_mean: 0.3, P_std: 1.2, sigma_min, sigma_max },
    dropout: 0.1,
  });
  return { trainer, memory: () => [trainer.memory].filter((x) => x !== undefined) };
};

/** K_TA steps of the assistant, and one of the generator. */
function alignment(K_TA: number): Build {
  return async (device, config, batch) => {
    const { sigma_min, sigma_max } = config;
    const given = await batchOf(batch);
    const trainer = new AlignmentTrainer({
      device,
      key: Key.from(3),
      batch,
      prompts: () => given,
      reference: model(device, config, 1),
      generator: model(device, config, 2),
      assistant: model(device, config, 1),
      K_TA,
      warmup: 0,
      assistantNoise: { P_mean: 0, P_std: 1.2, sigma_min, sigma_max },
      generatorNoise: logUniform({ sigma_min: 0.15, sigma_max: 5 }),
      assistantLearner: learner,
      generatorLearner: learner,
      loss: {
        divergence: pseudoHuber({ c: 0.03 }),
        weighting: weightingNamed("x0"),
        guidance: "in",
        alpha_cfg: 1,
        alpha_rew: 0,
        reward: undefined,
      },
    });
    return { trainer, memory: () => trainer.memory };
  };
}

async function reports(device: Device, build: Build): Promise<number[]> {
  using _scope = device.scope();
  const { trainer } = await build(device, SMALL, CHECK_BATCH);
  const seen: number[] = [];
  for (let i = 0; i < CHECK_STEPS; i++) {
    for (const x of Object.values(trainer.advance())) seen.push(await x.item());
  }
  trainer.dispose();
  return seen;
}

async function relativeError(device: GpuDevice, build: Build): Promise<number> {
  const got = await reports(device, build);
  const want = await reports(new ReferenceDevice(), build);
  return Math.max(...want.map((x, i) => Math.abs((got[i] ?? Number.NaN) - x) / (Math.abs(x) || 1)));
}

async function times(count: number, run: () => Promise<number>): Promise<number> {
  const all: number[] = [];
  for (let i = 0; i < count; i++) all.push(await run());
  return quantile(
    all.sort((a, b) => a - b),
    0.5,
  );
}

async function ownJob(device: GpuDevice, build: Build): Promise<OwnJob> {
  const scope = device.scope();
  const { trainer, memory } = await build(device, EMOJI_32, BATCH);
  const step = (): void => {
    for (const x of Object.values(trainer.advance())) x.dispose();
  };
  const run = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) step();
    await device.synchronize();
  };
  const notes = async (): Promise<Notes> => {
    await run(2);
    device.resetPeak();
    await run(1);
    const { peakBytes, liveBytes } = device.stats;
    const sum = (f: (m: CaptureMemory) => number) => memory().reduce((all, m) => all + f(m), 0);
    const mustLiveBytes = liveBytes - sum((m) => m.planned) + sum((m) => m.least);
    const kernelMs = await times(3, async () => (await device.profile(step)).totalMs);
    const stepMs = await times(7, async () => {
      const began = performance.now();
      await run(1);
      return performance.now() - began;
    });
    return { kernelMs, stepMs, overhead: stepMs / kernelMs - 1, peakBytes, mustLiveBytes };
  };
  return {
    run,
    async check() {
      const relError = await relativeError(device, build);
      return device.kernels === "fast" ? { relError, notes: await notes() } : { relError };
    },
    dispose() {
      trainer.dispose();
      scope.end();
      device.trim();
    },
  };
}

function row(name: string, build: Build): Row {
  return {
    name: `${name}, batch ${BATCH}`,
    family: "training",
    quick: false,
    naive: "not quick",
    tolerance: 1e-2,
    own: (device) => ownJob(device, build),
  };
}

export const TRAINING_ROWS: readonly Row[] = [
  row("teacher's step", teacher),
  row("generator's step", alignment(0)),
  row("assistant's and generator's step", alignment(1)),
];
