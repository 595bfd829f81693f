/** Names and shapes of the parameters against the rules of diffusers' state dictionaries. */
import { describe, expect, test } from "vitest";
import { sdxlUNet, UNet2DConditionModel, type UNetConfig } from "../../src/models/unet/index.js";
import { countParams, parameterCount } from "../../src/nn/index.js";
import { sizeOf } from "../../src/tensor/shape.js";
import { twoLevels } from "./small.js";

type Shapes = Map<string, number[]>;

class Expected {
  readonly shapes: Shapes = new Map();
  private readonly time: number;
  private readonly context: number;

  constructor({ block_out_channels, cross_attention_dim }: UNetConfig) {
    this.time = 4 * (block_out_channels[0] ?? 0);
    this.context = cross_attention_dim;
  }

  layer(name: string, weight: number[], bias = true): void {
    this.shapes.set(`${name}.weight`, weight);
    if (bias) this.shapes.set(`${name}.bias`, [weight[0] ?? 0]);
  }

  resnet(name: string, cin: number, cout: number): void {
    this.layer(`${name}.norm1`, [cin]);
    this.layer(`${name}.conv1`, [cout, cin, 3, 3]);
    this.layer(`${name}.time_emb_proj`, [cout, this.time]);
    this.layer(`${name}.norm2`, [cout]);
    this.layer(`${name}.conv2`, [cout, cout, 3, 3]);
    if (cin !== cout) this.layer(`${name}.conv_shortcut`, [cout, cin, 1, 1]);
  }

  attention(name: string, c: number, layers: number): void {
    this.layer(`${name}.norm`, [c]);
    this.layer(`${name}.proj_in`, [c, c]);
    for (let j = 0; j < layers; j++) {
      const block = `${name}.transformer_blocks.${j}`;
      for (const k of [1, 2, 3]) this.layer(`${block}.norm${k}`, [c]);
      for (const [attn, width] of [["attn1", c] as const, ["attn2", this.context] as const]) {
        this.layer(`${block}.${attn}.to_q`, [c, c], false);
        this.layer(`${block}.${attn}.to_k`, [c, width], false);
        this.layer(`${block}.${attn}.to_v`, [c, width], false);
        this.layer(`${block}.${attn}.to_out.0`, [c, c]);
      }
      this.layer(`${block}.ff.net.0.proj`, [8 * c, c]);
      this.layer(`${block}.ff.net.2`, [c, 4 * c]);
    }
    this.layer(`${name}.proj_out`, [c, c]);
  }
}

/** The list written from the walk over the network: skips are pushed going down, popped going up. */
function expectedShapes(config: UNetConfig): Shapes {
  const e = new Expected(config);
  const { block_out_channels: c, layers_per_block: layers, in_channels, out_channels } = config;
  const depth = config.transformer_layers_per_block;
  const first = c[0] ?? 0;
  e.layer("conv_in", [first, in_channels, 3, 3]);
  e.layer("time_embedding.linear_1", [4 * first, first]);
  e.layer("time_embedding.linear_2", [4 * first, 4 * first]);
  if (config.class_embed_type !== null) {
    const pooled = config.projection_class_embeddings_input_dim ?? 0;
    e.layer("class_embedding.linear_1", [4 * first, pooled]);
    e.layer("class_embedding.linear_2", [4 * first, 4 * first]);
  }
  if (config.addition_embed_type === "text_time") {
    const width = config.projection_class_embeddings_input_dim ?? 0;
    e.layer("add_embedding.linear_1", [4 * first, width]);
    e.layer("add_embedding.linear_2", [4 * first, 4 * first]);
  }
  const skips = [first];
  let width = first;
  c.forEach((channels, level) => {
    const block = `down_blocks.${level}`;
    for (let i = 0; i < layers; i++) {
      e.resnet(`${block}.resnets.${i}`, width, channels);
      if (config.down_block_types[level] === "CrossAttnDownBlock2D") {
        e.attention(`${block}.attentions.${i}`, channels, depth[level] ?? 0);
      }
      width = channels;
      skips.push(width);
    }
    if (level === c.length - 1) return;
    e.layer(`${block}.downsamplers.0.conv`, [channels, channels, 3, 3]);
    skips.push(width);
  });
  e.resnet("mid_block.resnets.0", width, width);
  e.attention("mid_block.attentions.0", width, depth.at(-1) ?? 0);
  e.resnet("mid_block.resnets.1", width, width);
  [...c].reverse().forEach((channels, i) => {
    const block = `up_blocks.${i}`;
    for (let k = 0; k <= layers; k++) {
      e.resnet(`${block}.resnets.${k}`, width + (skips.pop() ?? 0), channels);
      if (config.up_block_types[i] === "CrossAttnUpBlock2D") {
        e.attention(`${block}.attentions.${k}`, channels, depth[c.length - 1 - i] ?? 0);
      }
      width = channels;
    }
    if (i === c.length - 1) return;
    e.layer(`${block}.upsamplers.0.conv`, [channels, channels, 3, 3]);
  });
  expect(skips).toEqual([]);
  e.layer("conv_norm_out", [first]);
  e.layer("conv_out", [out_channels, first, 3, 3]);
  return e.shapes;
}

const four: UNetConfig = {
  ...twoLevels,
  block_out_channels: [8, 8, 24, 16],
  down_block_types: ["CrossAttnDownBlock2D", "DownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
  up_block_types: ["UpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D", "CrossAttnUpBlock2D"],
  layers_per_block: 3,
  transformer_layers_per_block: [1, 1, 3, 2],
  attention_head_dim: [1, 1, 3, 2],
};

describe("UNet2DConditionModel", () => {
  test.each([
    ["two levels", twoLevels],
    ["one level", { ...twoLevels, ...oneLevel() }],
    ["four levels", four],
    ["no pooled condition", { ...twoLevels, class_embed_type: null }],
    ["SDXL", sdxlUNet],
  ])("names and shapes are diffusers': %s", (_, config) => {
    const model = new UNet2DConditionModel(countParams(), config as UNetConfig);
    const want = expectedShapes(config as UNetConfig);
    const got = new Map([...model.parameters()].map(([n, { shape }]) => [n, [...shape]] as const));
    expect([...got.keys()].sort()).toEqual([...want.keys()].sort());
    for (const [name, shape] of want) expect(got.get(name), name).toEqual(shape);
  });

  test("SDXL's own config counts what diffusers' checkpoint holds", () => {
    const parameters = new UNet2DConditionModel(countParams(), sdxlUNet).parameters();
    expect(parameters.size).toBe(1680);
    expect(parameterCount(parameters.values())).toBe(2_567_463_684);
    expect(parameters.get("add_embedding.linear_1.weight")?.shape).toEqual([1280, 2816]);
    expect(parameters.get("add_embedding.linear_2.bias")?.shape).toEqual([1280]);
  });

  test("SDXL's largest tensor in f16 and in f32 stays within a binding of 128 MiB", () => {
    const parameters = new UNet2DConditionModel(countParams(), sdxlUNet).parameters();
    const largest = Math.max(...[...parameters.values()].map(({ shape }) => sizeOf(shape)));
    expect(largest).toBe(1280 * 2560 * 9);
    expect(4 * largest).toBeLessThan(2 ** 27);
  });

  test("one transformer block counts 25 C² + 2 C D + 19 C: SDXL's two sizes", () => {
    const parameters = new UNet2DConditionModel(countParams(), sdxlUNet).parameters();
    const count = (prefix: string): number =>
      parameterCount([...parameters].filter(([n]) => n.startsWith(prefix)).map(([, p]) => p));
    expect(count("down_blocks.1.attentions.0.transformer_blocks.0.")).toBe(10_005_120);
    expect(count("mid_block.attentions.0.transformer_blocks.9.")).toBe(34_755_840);
  });

  test("a few names in full", () => {
    const names = [...new UNet2DConditionModel(countParams(), twoLevels).parameters().keys()];
    for (const name of [
      "down_blocks.1.resnets.0.conv_shortcut.weight",
      "down_blocks.1.attentions.1.transformer_blocks.1.attn2.to_out.0.bias",
      "down_blocks.0.downsamplers.0.conv.weight",
      "mid_block.attentions.0.transformer_blocks.0.ff.net.0.proj.weight",
      "up_blocks.0.upsamplers.0.conv.bias",
      "up_blocks.1.resnets.2.conv_shortcut.bias",
    ]) {
      expect(names).toContain(name);
    }
  });
});

describe("a config that does not fit is refused", () => {
  const build = (change: Partial<UNetConfig>) => () =>
    new UNet2DConditionModel(countParams(), { ...twoLevels, ...change });

  test("lists of another length", () => {
    expect(build({ attention_head_dim: [1] })).toThrowErrorMatchingInlineSnapshot(
      `[UsageError: UNet config: attention_head_dim has 1 entries, block_out_channels has 2. Give one entry for each resolution.]`,
    );
  });
  test("groups that do not divide the channels", () => {
    expect(build({ norm_num_groups: 3 })).toThrowErrorMatchingInlineSnapshot(
      `[UsageError: UNet config: 8 channels are not divisible by 3 groups and 1 heads. Change block_out_channels, norm_num_groups or attention_head_dim.]`,
    );
  });
  test("a class embedding without a width", () => {
    const change = { projection_class_embeddings_input_dim: null };
    expect(build(change)).toThrowErrorMatchingInlineSnapshot(
      `[UsageError: UNet config: class_embed_type is set, projection_class_embeddings_input_dim is null. Give the width of the pooled condition.]`,
    );
  });
});

describe("a config of text_time that does not fit is refused", () => {
  const fields = { addition_embed_type: "text_time", addition_time_embed_dim: 4 } as const;
  const build = (change: Partial<UNetConfig>) => () =>
    new UNet2DConditionModel(countParams(), { ...twoLevels, ...change });

  test("no resolution at all", () => {
    expect(build({ block_out_channels: [] })).toThrowErrorMatchingInlineSnapshot(
      `[UsageError: UNet config: block_out_channels has 0 entries. Give the channels of at least one resolution.]`,
    );
  });

  test("text_time beside a class embedding", () => {
    expect(build(fields)).toThrowErrorMatchingInlineSnapshot(
      `[UsageError: UNet config: class_embed_type is projection and addition_embed_type is text_time, and both would read the pooled condition. Set one of them to null.]`,
    );
  });

  test("text_time without its widths", () => {
    const alone = { ...fields, class_embed_type: null };
    expect(build({ ...alone, addition_time_embed_dim: null })).toThrowErrorMatchingInlineSnapshot(
      `[UsageError: UNet config: addition_embed_type is text_time, with projection_class_embeddings_input_dim 5 and addition_time_embed_dim null. Give both widths.]`,
    );
    expect(
      build({ ...alone, projection_class_embeddings_input_dim: null }),
    ).toThrowErrorMatchingInlineSnapshot(
      `[UsageError: UNet config: addition_embed_type is text_time, with projection_class_embeddings_input_dim null and addition_time_embed_dim 4. Give both widths.]`,
    );
  });
});

function oneLevel(): Partial<UNetConfig> {
  return {
    block_out_channels: [8],
    down_block_types: ["CrossAttnDownBlock2D"],
    up_block_types: ["CrossAttnUpBlock2D"],
    transformer_layers_per_block: [1],
    attention_head_dim: [2],
  };
}
