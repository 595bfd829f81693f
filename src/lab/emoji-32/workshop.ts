/** What a job works with: models in the job's scope, prompts, and pictures of a generator. */
import { type Atlas, MAX_TOKENS, makeBatch, SCENE_LENGTH } from "../../data/index.js";
import type { Device } from "../../device/types.js";
import { type EvaluationPlan, evaluationScenes } from "../../evaluation/index.js";
import type { ReportScorer, TextImageScorer } from "../../models/reward/index.js";
import type { TokenBatch } from "../../models/text/text-encoder.js";
import type { TextToImage } from "../../pipeline/text-to-image.js";
import type { Key } from "../../tensor/key.js";
import type { Bench } from "../experiment.js";
import type { Emoji32Config } from "./config.js";

/** Streams of one seed. */
export const STREAM = {
  pairs: 0,
  proxy: 1,
  sampling: 2,
  training: 3,
  bootstrap: 4,
  force: 5,
} as const;

export interface Workshop {
  readonly device: Device;
  readonly atlas: Atlas;
  /** The one-step generator that every arm starts from. */
  readonly start: TextToImage;
  /** The shipped text-image scorer: a part of the proxies. */
  readonly fit: TextImageScorer;
  /** Trained for reports alone: its features, and its reading. */
  readonly judge: ReportScorer;
  readonly plan: EvaluationPlan;
}

export async function openWorkshop(bench: Bench, config: Emoji32Config): Promise<Workshop> {
  return {
    device: await bench.device(),
    atlas: await bench.atlas(),
    start: await bench.model("one-step"),
    fit: await bench.reward(),
    judge: await bench.reportScorer(),
    plan: evaluationScenes("seen", config.prompts, config.samples, config.seed),
  };
}

const AT_ONCE = 32;

/** One picture for each caption as it is shown: [n, 3, 32, 32], clamped to [−1, 1]. */
export async function draw(
  device: Device,
  model: TextToImage,
  tokens: Uint32Array,
  key: Key,
): Promise<Float32Array> {
  const n = tokens.length / MAX_TOKENS;
  const images = new Float32Array(n * SCENE_LENGTH);
  for (let at = 0; at < n; at += AT_ONCE) {
    using _scope = device.scope();
    const ids = tokens.slice(at * MAX_TOKENS, (at + AT_ONCE) * MAX_TOKENS);
    const batch = { ids, n: ids.length / MAX_TOKENS, length: MAX_TOKENS };
    const z = model.noise(device, key.fold(at), batch.n);
    const latents = model.oneStep(z, model.condition(device, batch));
    images.set(await model.decode(latents).data(), at * SCENE_LENGTH);
  }
  return images.map((v) => Math.min(1, Math.max(-1, v)));
}

/** Captions of training scenes, for draw t of a run. */
export function promptSource(atlas: Atlas, key: Key, batch: number): (t: number) => TokenBatch {
  return (t) => {
    const { tokens } = makeBatch(key.fold(t).integer(2 ** 31), batch, atlas);
    return { ids: tokens, n: batch, length: MAX_TOKENS };
  };
}
