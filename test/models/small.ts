/** Small models and what they are fed with. */
import type { Device } from "../../src/device/types.js";
import type { Condition, UNetConfig } from "../../src/models/unet/index.js";
import type { Module } from "../../src/nn/index.js";
import { tensor, write } from "../../src/tensor/create.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { values } from "../random.js";

/** Two resolutions, attention in the lower one alone. */
export const twoLevels: UNetConfig = {
  sample_size: 8,
  in_channels: 3,
  out_channels: 3,
  block_out_channels: [8, 16],
  down_block_types: ["DownBlock2D", "CrossAttnDownBlock2D"],
  up_block_types: ["CrossAttnUpBlock2D", "UpBlock2D"],
  layers_per_block: 2,
  transformer_layers_per_block: [1, 2],
  attention_head_dim: [1, 2],
  cross_attention_dim: 6,
  norm_num_groups: 4,
  norm_eps: 1e-5,
  flip_sin_to_cos: true,
  freq_shift: 0,
  class_embed_type: "projection",
  projection_class_embeddings_input_dim: 5,
};

/** As small as a UNet with every kind of layer can be. */
export const micro: UNetConfig = {
  ...twoLevels,
  sample_size: 4,
  in_channels: 2,
  out_channels: 2,
  block_out_channels: [4, 8],
  layers_per_block: 1,
  transformer_layers_per_block: [1, 1],
  cross_attention_dim: 3,
  norm_num_groups: 2,
  projection_class_embeddings_input_dim: 3,
};

/** Layers that start at zero or one hide what lies below them: draws every parameter anew. */
export function shake(module: Module, size = 0.4): void {
  let seed = 1000;
  for (const [name, { value }] of module.parameters()) {
    const scale = /norm.*weight$/.test(name) ? 1 : size;
    const shift = /norm.*weight$/.test(name) ? 1 : 0;
    const drawn = values(seed++, value.size, shift - 0.5 * scale, shift + 0.5 * scale);
    write(value, drawn);
  }
}

/** Two samples; the second has a padded word. */
export function condition(device: Device, config: UNetConfig, n = 2, words = 3): Condition {
  const width = config.cross_attention_dim;
  const pooled = config.projection_class_embeddings_input_dim ?? 1;
  const mask = Float32Array.from({ length: n * words }, (_, i) => (i === n * words - 1 ? -1e9 : 0));
  return {
    hidden: tensor(device, values(71, n * words * width), [n, words, width]),
    mask: tensor(device, mask, [n, words]),
    pooled: tensor(device, values(72, n * pooled), [n, pooled]),
  };
}

export function sample(
  device: Device,
  { in_channels: c, sample_size: s }: UNetConfig,
  n = 2,
): Tensor {
  return tensor(device, values(73, n * c * s * s), [n, c, s, s]);
}
