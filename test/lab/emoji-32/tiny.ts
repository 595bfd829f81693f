/** A bench with tiny networks: the experiment's own sizes of pictures and captions, few channels. */
import { MAX_TOKENS, VOCABULARY } from "../../../src/data/index.js";
import { openNodeDevice } from "../../../src/device/node-device.js";
import { loadAtlases } from "../../../src/io/node-atlas.js";
import type { Bench } from "../../../src/lab/experiment.js";
import { ReportScorer, reportConfig, TextImageScorer } from "../../../src/models/reward/index.js";
import { buildModel, initParams, type Module, type Params } from "../../../src/nn/index.js";
import { TextToImage, type TextToImageConfig } from "../../../src/pipeline/text-to-image.js";
import { write } from "../../../src/tensor/create.js";
import { Key } from "../../../src/tensor/key.js";

const text = {
  vocab_size: VOCABULARY.length,
  hidden_size: 8,
  intermediate_size: 12,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  max_position_embeddings: MAX_TOKENS,
};

const TINY: TextToImageConfig = {
  unet: {
    sample_size: 8,
    in_channels: 9,
    out_channels: 9,
    block_out_channels: [8, 8],
    down_block_types: ["DownBlock2D", "DownBlock2D"],
    up_block_types: ["UpBlock2D", "UpBlock2D"],
    layers_per_block: 1,
    transformer_layers_per_block: [1, 1],
    attention_head_dim: [2, 2],
    cross_attention_dim: 8,
    norm_num_groups: 2,
    norm_eps: 1e-5,
    flip_sin_to_cos: true,
    freq_shift: 0,
    class_embed_type: "projection",
    projection_class_embeddings_input_dim: 8,
  },
  text_encoder: text,
  block: 4,
  diagonals: [2, 2, 2],
  sigma_data: 0.64,
  sigma_min: 0.02,
  sigma_max: 40,
  sigma_init: 2.5,
};

/** Fresh networks end in zeros: their last weights become random, so that every path has a signal. */
function stirred<T extends { parameters(): ReturnType<Module["parameters"]> }>(model: T): T {
  for (const [name, { value }] of model.parameters()) {
    if (!/conv_out|conv2|proj_out/.test(name) || !name.endsWith("weight")) continue;
    const key = Key.from(name.length);
    write(
      value,
      Float32Array.from({ length: value.size }, (_, i) => 0.4 * key.uniform(i) - 0.2),
    );
  }
  return model;
}

export async function tinyBench(): Promise<Bench & { readonly close: () => void }> {
  const opened = await openNodeDevice();
  const { device } = opened;
  const atlas = await loadAtlases();
  const build = <T>(seed: number, make: (params: Params) => T): T =>
    buildModel(device, initParams(device, Key.from(seed)), make);
  const classes = { subjects: 24, backgrounds: 10, styles: 3 };
  return {
    device: () => Promise.resolve(device),
    atlas: () => Promise.resolve(atlas),
    model: (name) => {
      const model = build(name === "teacher" ? 1 : 2, (p) => TextToImage.build(p, TINY));
      stirred(model.unet);
      return Promise.resolve(model);
    },
    reward: () => {
      const config = {
        image_size: 32,
        channels: [8, 8, 8] as const,
        norm_num_groups: 2,
        projection_dim: 8,
        text,
      };
      return Promise.resolve(build(3, (p) => new TextImageScorer(p, config)));
    },
    reportScorer: () => {
      const config = { ...reportConfig(classes), channels: [8, 8, 16] as const, hidden_size: 16 };
      return Promise.resolve(build(4, (p) => new ReportScorer(p, config)));
    },
    close: opened.close,
  };
}
