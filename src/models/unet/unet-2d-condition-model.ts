/**
 * diffusers' `UNet2DConditionModel`: field names are checkpoint names.
 *
 *     temb = time_embedding(sinusoids(t)) + class_embedding(pooled)              (the project's own)
 *     temb = time_embedding(sinusoids(t)) + add_embedding([pooled, sinusoids(time_ids)])      (SDXL)
 *     conv_in → down blocks → mid block → up blocks (each fed the skips) → silu(norm) → conv_out
 */
import { ShapeError } from "../../errors.js";
import { Conv2d, chain, GroupNorm, Module, type Params, scoped } from "../../nn/index.js";
import { add } from "../../ops/binary.js";
import { cast } from "../../ops/cast.js";
import { concat } from "../../ops/concat.js";
import { reshape } from "../../ops/reshape.js";
import { known, showShape } from "../../tensor/shape.js";
import type { Dtype, Tensor } from "../../tensor/tensor.js";
import { type BlockConfig, DownBlock2D, MidBlock2D, UpBlock2D } from "./blocks.js";
import { checkConfig, timeEmbedDim, type UNetConfig } from "./config.js";
import { sinusoids, TimestepEmbedding } from "./timestep-embedding.js";
import type { Context } from "./transformer-2d-model.js";

/** The condition of a batch: tokens for cross-attention, and a pooled vector [N, P]. */
export interface Condition extends Context {
  readonly pooled: Tensor;
  /**
   * Numbers about the picture [N, K], for "text_time". SDXL: original height and width, crop from
   * the top and the left, target height and width.
   */
  readonly time_ids?: Tensor;
}

/**
 * The UNet of the header. Its parameters have the names of diffusers' checkpoints.
 * @throws UsageError from the constructor, when lists of the config do not fit each other.
 */
export class UNet2DConditionModel extends Module {
  readonly config: UNetConfig;
  readonly conv_in: Conv2d;
  readonly time_embedding: TimestepEmbedding;
  readonly class_embedding?: TimestepEmbedding;
  readonly add_embedding?: TimestepEmbedding;
  readonly down_blocks: readonly DownBlock2D[];
  readonly mid_block: MidBlock2D;
  readonly up_blocks: readonly UpBlock2D[];
  readonly conv_norm_out: GroupNorm;
  readonly conv_out: Conv2d;

  constructor(params: Params, config: UNetConfig) {
    super();
    this.config = checkConfig(config);
    const { block_out_channels: channels, norm_num_groups: groups, norm_eps: eps } = config;
    const first = channels[0] ?? 0;
    const time = timeEmbedDim(config);
    const conv = { kernel: 3, padding: 1 };
    this.conv_in = new Conv2d(params.at("conv_in"), {
      ...conv,
      in: config.in_channels,
      out: first,
    });
    this.time_embedding = new TimestepEmbedding(params.at("time_embedding"), {
      in: first,
      out: time,
    });
    const pooled = config.projection_class_embeddings_input_dim;
    if (config.class_embed_type !== null && pooled !== null) {
      const width = { in: pooled, out: time };
      this.class_embedding = new TimestepEmbedding(params.at("class_embedding"), width);
    }
    if (config.addition_embed_type === "text_time" && pooled !== null) {
      const width = { in: pooled, out: time };
      this.add_embedding = new TimestepEmbedding(params.at("add_embedding"), width);
    }
    this.down_blocks = downBlocks(params.at("down_blocks"), config);
    const last = channels.length - 1;
    this.mid_block = new MidBlock2D(params.at("mid_block"), blockConfig(config, last, true));
    this.up_blocks = upBlocks(params.at("up_blocks"), config);
    this.conv_norm_out = new GroupNorm(params.at("conv_norm_out"), {
      groups,
      channels: first,
      eps,
    });
    const out = { ...conv, in: first, out: config.out_channels, zero: true };
    this.conv_out = new Conv2d(params.at("conv_out"), out);
  }

  /**
   * sample [N, in, H, W], timestep [N] → [N, out, H, W]. Computes in the element type of the
   * parameters (sinusoids apart); the result has that of the sample. Everything between is freed
   * as soon as it is dead, unless a derivative may be asked of the result.
   */
  forward(sample: Tensor, timestep: Tensor, condition: Condition): Tensor {
    return scoped(sample.device, () => this.evaluate(sample, timestep, condition));
  }

  private evaluate(sample: Tensor, timestep: Tensor, condition: Condition): Tensor {
    const { dtype } = this.conv_in.weight.value;
    const context = {
      hidden: cast(condition.hidden, dtype),
      mask: cast(condition.mask, dtype),
    };
    const temb = scoped(sample.device, () => this.embed(timestep, condition, dtype));
    let x = this.conv_in.forward(cast(sample, dtype));
    const skips = [x];
    for (const block of this.down_blocks) {
      const { y, skips: more } = block.forward(x, temb, context);
      x = y;
      skips.push(...more);
    }
    x = this.mid_block.forward(x, temb, context);
    for (const block of this.up_blocks) {
      const read = [x, ...skips.slice(-block.resnets.length)];
      x = block.forward(x, skips, temb, context);
      if (!x.tape) for (const dead of read) dead.dispose();
    }
    return chain(
      x,
      (y) => this.conv_norm_out.forwardSilu(y),
      (y) => cast(this.conv_out.forward(y), sample.dtype),
    );
  }

  /** timestep [N], pooled [N, P], time_ids [N, K] → temb [N, time] */
  private embed(timestep: Tensor, condition: Condition, dtype: Dtype): Tensor {
    const { flip_sin_to_cos, freq_shift, block_out_channels } = this.config;
    const dim = block_out_channels[0] ?? 0;
    const waves = sinusoids(timestep, { dim, flip_sin_to_cos, freq_shift });
    const time = this.time_embedding.forward(cast(waves, dtype));
    const pooled = cast(condition.pooled, dtype);
    if (this.class_embedding) return add(time, this.class_embedding.forward(pooled));
    if (!this.add_embedding) return time;
    return add(time, this.add_embedding.forward(this.textAndTime(pooled, condition.time_ids)));
  }

  /** pooled [N, P], ids [N, K] → [N, P + K · addition_time_embed_dim] */
  private textAndTime(pooled: Tensor, ids: Tensor | undefined): Tensor {
    const {
      flip_sin_to_cos,
      freq_shift,
      projection_class_embeddings_input_dim: width,
    } = this.config;
    const dim = this.config.addition_time_embed_dim ?? 0;
    const [n = 0, p = 0] = pooled.shape;
    const [m = 0, count = 0] = ids?.shape ?? [];
    if (ids?.rank !== 2 || m !== n || p + count * dim !== width) {
      throw new ShapeError(
        `UNet: text_time reads ${width} numbers, those of pooled and ${dim} for each time id; ` +
          `pooled is ${showShape(pooled.shape)}, time_ids ${ids ? showShape(ids.shape) : "missing"}. ` +
          "Give condition.time_ids, a row for each sample, of the config's widths.",
      );
    }
    const waves = sinusoids(reshape(ids, [-1]), { dim, flip_sin_to_cos, freq_shift });
    return concat([pooled, cast(reshape(waves, [n, count * dim]), pooled.dtype)], 1);
  }
}

function blockConfig(config: UNetConfig, level: number, attention: boolean): BlockConfig {
  return {
    out: known(config.block_out_channels, level),
    time: timeEmbedDim(config),
    groups: config.norm_num_groups,
    eps: config.norm_eps,
    heads: config.attention_head_dim[level] ?? 1,
    transformerLayers: attention ? (config.transformer_layers_per_block[level] ?? 1) : 0,
    context: config.cross_attention_dim,
    resample: false,
  };
}

function downBlocks(params: Params, config: UNetConfig): DownBlock2D[] {
  const {
    block_out_channels: channels,
    down_block_types: types,
    layers_per_block: layers,
  } = config;
  return types.map((type, level) => {
    const base = blockConfig(config, level, type === "CrossAttnDownBlock2D");
    const from = channels[Math.max(0, level - 1)] ?? 0;
    const resample = level < types.length - 1;
    return new DownBlock2D(params.at(level), { ...base, in: from, layers, resample });
  });
}

function upBlocks(params: Params, config: UNetConfig): UpBlock2D[] {
  const { block_out_channels: channels, up_block_types: types, layers_per_block: layers } = config;
  const deepest = channels.length - 1;
  return types.map((type, i) => {
    const level = deepest - i;
    const base = blockConfig(config, level, type === "CrossAttnUpBlock2D");
    const from = channels[Math.min(deepest, level + 1)] ?? 0;
    // The last skip of a level was made before its first ResNet block: by the level above.
    const above = channels[Math.max(0, level - 1)] ?? 0;
    const skips = [...Array<number>(layers).fill(base.out), above];
    return new UpBlock2D(params.at(i), { ...base, in: from, skips, resample: level > 0 });
  });
}
