/**
 * The UNet of Stable Diffusion XL (Podell et al. 2023) as diffusers' config.json gives it:
 * 2,567,463,684 parameters in 1,680 tensors. Pictures of 1024 × 1024 are latents of 128 × 128.
 */
import type { UNetConfig } from "./config.js";

/** The config of SDXL's UNet: 2.57 · 10⁹ parameters. */
export const sdxlUNet: UNetConfig = {
  sample_size: 128,
  in_channels: 4,
  out_channels: 4,
  block_out_channels: [320, 640, 1280],
  down_block_types: ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
  up_block_types: ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
  layers_per_block: 2,
  transformer_layers_per_block: [1, 2, 10],
  attention_head_dim: [5, 10, 20],
  cross_attention_dim: 2048,
  norm_num_groups: 32,
  norm_eps: 1e-5,
  flip_sin_to_cos: true,
  freq_shift: 0,
  class_embed_type: null,
  addition_embed_type: "text_time",
  addition_time_embed_dim: 256,
  /** 1280 of the pooled text and 6 · 256 of the time ids. */
  projection_class_embeddings_input_dim: 2816,
};
