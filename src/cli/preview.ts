/** Preview grids: a few fixed prompts, fixed noise, so that one picture can be held to the next. */

import { MAX_TOKENS, tokenize } from "../data/index.js";
import type { GpuDevice } from "../device/device.js";
import { writeFile } from "../io/node-files.js";
import { pictureGrid, toPixels } from "../io/picture.js";
import { encodePng, type Picture } from "../io/png.js";
import type { TokenBatch } from "../models/text/text-encoder.js";
import { concat } from "../ops/concat.js";
import type { TextToImage } from "../pipeline/text-to-image.js";
import { Key } from "../tensor/key.js";

export const PREVIEW_PROMPTS: readonly string[] = [
  "a red heart on a blue background",
  "a yellow star on a black background",
  "a cat on a green background",
  "a panda on a pink background",
  "a tree on a white background",
  "a blue car on an orange background",
  "a bold house on a purple background",
  "a shaded fish on a yellow background",
  "a flat mushroom on a blue background",
  "a snowman at the top on a red background",
  "a green apple on the left on a brown background",
  "two blue books on a white background",
];

/** Captions → tokens of one batch. */
export function tokenBatch(captions: readonly string[]): TokenBatch {
  const ids = new Uint32Array(captions.length * MAX_TOKENS);
  captions.forEach((caption, i) => {
    ids.set(tokenize(caption).ids, i * MAX_TOKENS);
  });
  return { ids, n: captions.length, length: MAX_TOKENS };
}

export interface DrawOptions {
  /** One for all pictures, which then differ by their place in the batch; or one for each. */
  readonly seed: number | readonly number[];
  /** 1: one evaluation; more: Heun steps of the teacher. */
  readonly steps: number;
  readonly alpha_cfg: number;
  readonly onStep?: (done: number) => void;
}

/** One picture for each caption. */
export async function draw(
  device: GpuDevice,
  model: TextToImage,
  captions: readonly string[],
  { seed, steps, alpha_cfg, onStep }: DrawOptions,
): Promise<{ pictures: Picture[]; values: Float32Array; size: number }> {
  using _scope = device.scope();
  const tokens = tokenBatch(captions);
  const z =
    typeof seed === "number"
      ? model.noise(device, Key.from(seed), captions.length)
      : concat(
          seed.map((each) => model.noise(device, Key.from(each), 1)),
          0,
        );
  const latents =
    steps === 1
      ? model.oneStep(z, model.condition(device, tokens))
      : model.manySteps(z, tokens, { steps, alpha_cfg, ...(onStep ? { onStep } : {}) });
  const decoded = model.decode(latents);
  const values = (await decoded.data()) as Float32Array;
  const size = decoded.dim(-1);
  return { pictures: captions.map((_, i) => toPixels(values, i, size)), values, size };
}

export async function writePreview(
  file: string,
  device: GpuDevice,
  model: TextToImage,
  options: Pick<DrawOptions, "steps" | "alpha_cfg">,
): Promise<void> {
  const repeated = PREVIEW_PROMPTS.flatMap((prompt) => [prompt, prompt]);
  const { pictures } = await draw(device, model, repeated, { seed: 7, ...options });
  const grid = pictureGrid(pictures, { columns: 6, labels: repeated });
  writeFile(file, encodePng(grid));
}
