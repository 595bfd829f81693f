/** Runs the two scorers over a set of pictures, some at a time, and reads the answers back. */
import { COLOURS, MAX_TOKENS, SCENE_LENGTH, SCENE_SIZE, STYLES, SUBJECTS } from "../data/index.js";
import type { Device } from "../device/types.js";
import type { ReportScorer, TextImageScorer } from "../models/reward/index.js";
import { tensor } from "../tensor/create.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Prediction } from "./accuracy.js";
import { expectOneEach, splitPictures } from "./pictures.js";

const AT_ONCE = 64;

/** images [n, 3, 32, 32] and tokens [n, MAX_TOKENS] → r(x, c) of each. */
export async function rewardsOf(
  device: Device,
  scorer: TextImageScorer,
  images: Float32Array,
  tokens: Uint32Array,
): Promise<Float32Array> {
  const n = splitPictures("rewardsOf", images).length;
  expectOneEach("rewardsOf", n, "captions", tokens.length / MAX_TOKENS);
  const rewards = new Float32Array(n);
  for (let at = 0; at < n; at += AT_ONCE) {
    using _scope = device.scope();
    const x = upload(device, images, at);
    const ids = tokens.subarray(at * MAX_TOKENS, (at + x.dim(0)) * MAX_TOKENS);
    const score = scorer.score(x, { ids, n: x.dim(0), length: MAX_TOKENS });
    rewards.set(await score.data(), at);
  }
  return rewards;
}

/** images [n, 3, 32, 32] → what the report-only scorer reads off each. */
export async function predictionsOf(
  device: Device,
  scorer: ReportScorer,
  images: Float32Array,
): Promise<Prediction[]> {
  const n = splitPictures("predictionsOf", images).length;
  const predictions: Prediction[] = [];
  for (let at = 0; at < n; at += AT_ONCE) {
    using _scope = device.scope();
    const logits = scorer.forward(upload(device, images, at));
    const subjects = await choices(logits.subject, SUBJECTS);
    const backgrounds = await choices(logits.background, COLOURS);
    const styles = await choices(logits.style, STYLES);
    for (const [i, subject] of subjects.entries()) {
      const [background, style] = [backgrounds[i], styles[i]];
      if (background && style) predictions.push({ subject, background, style });
    }
  }
  return predictions;
}

/** images [n, 3, 32, 32] → the report-only scorer's features of each, for distances. */
export async function featuresOf(
  device: Device,
  scorer: ReportScorer,
  images: Float32Array,
): Promise<Float32Array[]> {
  const n = splitPictures("featuresOf", images).length;
  const features: Float32Array[] = [];
  for (let at = 0; at < n; at += AT_ONCE) {
    using _scope = device.scope();
    const f = scorer.features(upload(device, images, at));
    const [values, width] = [await f.data(), f.dim(1)];
    for (let i = 0; i < f.dim(0); i++) {
      features.push(Float32Array.from(values.subarray(i * width, (i + 1) * width)));
    }
  }
  return features;
}

function upload(device: Device, images: Float32Array, at: number): Tensor {
  const part = images.slice(at * SCENE_LENGTH, (at + AT_ONCE) * SCENE_LENGTH);
  const n = part.length / SCENE_LENGTH;
  return tensor(device, part, [n, 3, SCENE_SIZE, SCENE_SIZE], { label: "pictures" });
}

/** The name of the largest logit in each row. */
async function choices<T>(logits: Tensor, names: readonly T[]): Promise<T[]> {
  const [values, k] = [await logits.data(), logits.dim(1)];
  return Array.from({ length: logits.dim(0) }, (_, i) => {
    const row = [...values.subarray(i * k, (i + 1) * k)];
    return names[row.indexOf(Math.max(...row))] as T;
  });
}
