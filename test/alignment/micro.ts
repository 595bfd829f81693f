/** The smallest text-to-picture models: 8 × 8 pictures as 4 × 4 × 12, two resolutions. */

import type { GeneratorDraw, GeneratorNetworks } from "../../src/alignment/generator-loss.js";
import type { Device } from "../../src/device/types.js";
import { TextImageScorer } from "../../src/models/reward/index.js";
import type { TokenBatch, Tokens } from "../../src/models/text/text-encoder.js";
import { initParams, type Parameter } from "../../src/nn/index.js";
import { TextToImage, type TextToImageConfig } from "../../src/pipeline/text-to-image.js";
import { tensor, write } from "../../src/tensor/create.js";
import { Key } from "../../src/tensor/key.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { values } from "../random.js";

const text = {
  vocab_size: 7,
  hidden_size: 8,
  intermediate_size: 12,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  max_position_embeddings: 4,
};

export const MICRO: TextToImageConfig = {
  unet: {
    sample_size: 4,
    in_channels: 12,
    out_channels: 12,
    block_out_channels: [8, 8],
    down_block_types: ["DownBlock2D", "CrossAttnDownBlock2D"],
    up_block_types: ["CrossAttnUpBlock2D", "UpBlock2D"],
    layers_per_block: 1,
    transformer_layers_per_block: [1, 1],
    attention_head_dim: [1, 2],
    cross_attention_dim: 8,
    norm_num_groups: 2,
    norm_eps: 1e-5,
    flip_sin_to_cos: true,
    freq_shift: 0,
    class_embed_type: "projection",
    projection_class_embeddings_input_dim: 8,
  },
  text_encoder: text,
  block: 2,
  diagonals: [3, 3, 3],
  sigma_data: 0.6,
  sigma_min: 0.02,
  sigma_max: 20,
  sigma_init: 2.5,
};

/**
 * A model in which every path carries a signal: fresh networks end in zeros. `textSeed` alone
 * decides the text encoder, which the models of one run share.
 */
export function microModel(device: Device, seed: number, textSeed = 1): TextToImage {
  const model = TextToImage.build(initParams(device, Key.from(seed)), MICRO);
  stir(model.text_encoder.parameters(), textSeed);
  stir(model.unet.parameters(), seed);
  return model;
}

export function microScorer(device: Device, seed: number): TextImageScorer {
  const config = {
    image_size: 8,
    channels: [4, 4, 4] as const,
    // Groups of two single pixels would be ±1 whatever the picture: no gradient.
    norm_num_groups: 1,
    projection_dim: 4,
    text,
  };
  const scorer = new TextImageScorer(initParams(device, Key.from(seed)), config);
  stir(scorer.parameters(), seed);
  return scorer;
}

/** Overwrites parameters by random values; those of norms stay near 1. */
function stir(parameters: ReadonlyMap<string, Parameter>, seed: number): void {
  let i = 0;
  for (const [name, { value }] of parameters) {
    const scale = name.includes("norm") && name.endsWith("weight") ? 1 : 0;
    write(
      value,
      values(1000 * seed + i, value.size, -0.3, 0.3).map((v) => v + scale),
    );
    i += 1;
  }
}

/** Three captions of different lengths, padded to four tokens. */
export function prompts(n: number, t = 0): TokenBatch {
  const captions = [
    [1, 2, 3, 4],
    [5, 2, 0, 0],
    [6, 1, 4, 0],
  ];
  const ids = Array.from({ length: n }, (_, i) => captions[(i + t) % captions.length] ?? []).flat();
  return { ids: Uint32Array.from(ids), n, length: 4 };
}

/** Networks, a draw and a reward with everything fixed, the same on every device. */
export function microSetting(device: Device) {
  const [generator, assistant, reference] = [11, 12, 13].map((seed) => microModel(device, seed));
  if (!generator || !assistant || !reference) throw new Error("no models");
  const n = 2;
  const tokens = prompts(n);
  const normal = (seed: number): Tensor =>
    tensor(device, values(seed, n * 192, -1.7, 1.7), [n, 12, 4, 4]);
  const draw: GeneratorDraw = {
    device,
    tokens,
    condition: generator.condition(device, tokens),
    empty: generator.empty(device, tokens),
    z: normal(21),
    sigma: [0.4, 1.7],
    noise: normal(22),
  };
  const networks: GeneratorNetworks = {
    generator,
    assistant: assistant.denoiser,
    reference: reference.denoiser,
  };
  const scorer = microScorer(device, 14);
  const reward = (pictures: Tensor, batch: Tokens): Tensor => scorer.score(pictures, batch);
  return { generator, assistant, reference, scorer, networks, draw, reward };
}
