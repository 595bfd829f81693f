/**
 * The configuration of a UNet, with the field names and defaults of diffusers'
 * `UNet2DConditionModel` (those fields that this implementation reads).
 */
import { UsageError } from "../../errors.js";

/** Blocks on the way down, under diffusers' names. */
export type DownBlockType = "DownBlock2D" | "CrossAttnDownBlock2D";
/** Blocks on the way up, under diffusers' names. */
export type UpBlockType = "UpBlock2D" | "CrossAttnUpBlock2D";

/** A UNet's config.json, under diffusers' names. */
export interface UNetConfig {
  readonly sample_size: number;
  readonly in_channels: number;
  readonly out_channels: number;
  readonly block_out_channels: readonly number[];
  readonly down_block_types: readonly DownBlockType[];
  readonly up_block_types: readonly UpBlockType[];
  readonly layers_per_block: number;
  /** Transformer blocks per attention, for each resolution. */
  readonly transformer_layers_per_block: readonly number[];
  /** The *number* of heads for each resolution; diffusers keeps this misnomer, and so do files. */
  readonly attention_head_dim: readonly number[];
  readonly cross_attention_dim: number;
  readonly norm_num_groups: number;
  readonly norm_eps: number;
  readonly flip_sin_to_cos: boolean;
  readonly freq_shift: number;
  /** "projection" adds an MLP of a pooled condition to the time embedding. */
  readonly class_embed_type: "projection" | null;
  /** Width of what that MLP, or the one of "text_time", sees. */
  readonly projection_class_embeddings_input_dim: number | null;
  /** "text_time" (SDXL) adds an MLP of a pooled condition and of numbers such as sizes. */
  readonly addition_embed_type?: "text_time" | null;
  /** Width of the sinusoids of each of these numbers. */
  readonly addition_time_embed_dim?: number | null;
}

/** The same number for every resolution, or one each; checked against the other fields. */
export function checkConfig(config: UNetConfig): UNetConfig {
  const levels = config.block_out_channels.length;
  if (levels === 0) {
    throw new UsageError(
      "UNet config: block_out_channels has 0 entries. Give the channels of at least one resolution.",
    );
  }
  const perLevel = {
    down_block_types: config.down_block_types.length,
    up_block_types: config.up_block_types.length,
    transformer_layers_per_block: config.transformer_layers_per_block.length,
    attention_head_dim: config.attention_head_dim.length,
  };
  for (const [field, length] of Object.entries(perLevel)) {
    if (length === levels) continue;
    throw new UsageError(
      `UNet config: ${field} has ${length} entries, block_out_channels has ${levels}. ` +
        "Give one entry for each resolution.",
    );
  }
  config.block_out_channels.forEach((channels, level) => {
    const heads = config.attention_head_dim[level] ?? 1;
    if (channels % config.norm_num_groups !== 0 || channels % heads !== 0) {
      throw new UsageError(
        `UNet config: ${channels} channels are not divisible by ${config.norm_num_groups} groups ` +
          `and ${heads} heads. Change block_out_channels, norm_num_groups or attention_head_dim.`,
      );
    }
  });
  checkPooled(config);
  return config;
}

function checkPooled(config: UNetConfig): void {
  const added = config.addition_embed_type ?? null;
  const width = config.projection_class_embeddings_input_dim;
  if (config.class_embed_type !== null && width === null) {
    throw new UsageError(
      "UNet config: class_embed_type is set, projection_class_embeddings_input_dim is null. " +
        "Give the width of the pooled condition.",
    );
  }
  if (added !== null && config.class_embed_type !== null) {
    throw new UsageError(
      `UNet config: class_embed_type is ${config.class_embed_type} and addition_embed_type is ` +
        `${added}, and both would read the pooled condition. Set one of them to null.`,
    );
  }
  if (added === null || (width !== null && (config.addition_time_embed_dim ?? 0) > 0)) return;
  throw new UsageError(
    `UNet config: addition_embed_type is ${added}, with projection_class_embeddings_input_dim ` +
      `${width} and addition_time_embed_dim ${config.addition_time_embed_dim ?? null}. ` +
      "Give both widths.",
  );
}

/** Width of the time embedding: four times the first resolution's channels. */
export function timeEmbedDim(config: UNetConfig): number {
  return 4 * (config.block_out_channels[0] ?? 0);
}
