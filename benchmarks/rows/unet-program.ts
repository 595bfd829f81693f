/**
 * The UNet of src/models/unet (its kinds "DownBlock2D" and "UpBlock2D", attention in the middle)
 * as a program, so that every engine can evaluate and train it. Weights come by their names.
 *
 *     temb = time_embedding(waves) + class_embedding(pooled)
 *     conv_in → down blocks → mid block → up blocks (each fed the skips) → silu(norm) → conv_out
 */
import type { UNetConfig } from "../../src/node.js";
import type { Ops } from "../problem.js";

export interface UNetInputs<T> {
  readonly sample: T;
  /** Sinusoids of the noise level [N, first]. */
  readonly waves: T;
  readonly hidden: T;
  readonly mask: T;
  readonly pooled: T;
}

interface Weights<T> {
  (name: string): T;
  has(name: string): boolean;
}

export function unetForward<T>(
  ops: Ops<T>,
  config: UNetConfig,
  w: Weights<T>,
  { sample, waves, hidden, mask, pooled }: UNetInputs<T>,
): T {
  const { norm_num_groups: groups, norm_eps: eps, attention_head_dim, block_out_channels } = config;
  const heads = attention_head_dim.at(-1) ?? 1;
  const same = { stride: 1, padding: 1 };
  const linear = (x: T, name: string): T => {
    const bias = `${name}.bias`;
    return ops.linear(x, w(`${name}.weight`), w.has(bias) ? w(bias) : undefined);
  };
  const conv = (x: T, name: string, options = same): T =>
    ops.conv2d(x, w(`${name}.weight`), options, w(`${name}.bias`));
  const norm = (x: T, name: string, silu: boolean, e = eps): T =>
    ops.groupNorm(x, w(`${name}.weight`), w(`${name}.bias`), { groups, eps: e, silu });
  const layerNorm = (x: T, name: string): T =>
    ops.layerNorm(x, w(`${name}.weight`), w(`${name}.bias`));
  const mlp = (x: T, name: string): T =>
    linear(ops.unary("silu", linear(x, `${name}.linear_1`)), `${name}.linear_2`);
  const temb = ops.unary(
    "silu",
    ops.add(mlp(waves, "time_embedding"), mlp(pooled, "class_embedding")),
  );

  const resnet = (x: T, name: string): T => {
    const h = conv(norm(x, `${name}.norm1`, true), `${name}.conv1`);
    const shifted = ops.addChannels(h, linear(temb, `${name}.time_emb_proj`));
    const y = conv(norm(shifted, `${name}.norm2`, true), `${name}.conv2`);
    const short = `${name}.conv_shortcut`;
    const pointwise = { stride: 1, padding: 0 };
    return ops.add(y, w.has(`${short}.weight`) ? conv(x, short, pointwise) : x);
  };
  const attend = (x: T, context: T, name: string, m?: T): T => {
    const [q, k, v] = [
      linear(x, `${name}.to_q`),
      linear(context, `${name}.to_k`),
      linear(context, `${name}.to_v`),
    ];
    return linear(ops.attention(q, k, v, heads, m), `${name}.to_out.0`);
  };
  const transformer = (x: T, name: string): T => {
    const start = linear(ops.tokens(norm(x, `${name}.norm`, false, 1e-6)), `${name}.proj_in`);
    const block = `${name}.transformer_blocks.0`;
    const seen = layerNorm(start, `${block}.norm1`);
    const a = ops.add(start, attend(seen, seen, `${block}.attn1`));
    const b = ops.add(a, attend(layerNorm(a, `${block}.norm2`), hidden, `${block}.attn2`, mask));
    const gated = ops.geglu(linear(layerNorm(b, `${block}.norm3`), `${block}.ff.net.0.proj`));
    const end = ops.add(b, linear(gated, `${block}.ff.net.2`));
    const [n = 1, c = 1, height = 1, width = 1] = shapeNCHW(x);
    return ops.add(ops.picture(linear(end, `${name}.proj_out`), [n, c, height, width]), x);
  };
  /** Sizes as the model has them, whatever layout the engine keeps. */
  const shapeNCHW = (x: T): number[] => {
    const side = config.sample_size / 2 ** (block_out_channels.length - 1);
    return [ops.shape(x)[0] ?? 1, block_out_channels.at(-1) ?? 1, side, side];
  };

  let x = conv(sample, "conv_in");
  const skips = [x];
  block_out_channels.forEach((_, level) => {
    const name = `down_blocks.${level}`;
    for (let i = 0; i < config.layers_per_block; i++) {
      x = resnet(x, `${name}.resnets.${i}`);
      skips.push(x);
    }
    if (level === block_out_channels.length - 1) return;
    x = conv(x, `${name}.downsamplers.0.conv`, { stride: 2, padding: 1 });
    skips.push(x);
  });
  x = resnet(x, "mid_block.resnets.0");
  x = resnet(transformer(x, "mid_block.attentions.0"), "mid_block.resnets.1");
  block_out_channels.forEach((_, level) => {
    const name = `up_blocks.${level}`;
    for (let i = 0; i <= config.layers_per_block; i++) {
      const skip = skips.pop();
      x = resnet(skip === undefined ? x : ops.concatChannels(x, skip), `${name}.resnets.${i}`);
    }
    if (level < block_out_channels.length - 1)
      x = conv(ops.upsample(x), `${name}.upsamplers.0.conv`);
  });
  return conv(norm(x, "conv_norm_out", true), "conv_out");
}
