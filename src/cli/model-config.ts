/** Is a table the config of a model that this program can build and feed? */
import { MAX_TOKENS, SCENE_SIZE, VOCABULARY } from "../data/index.js";
import { UsageError } from "../errors.js";
import { latentChannels } from "../models/index.js";
import { type TextToImageConfig, TIME_IDS } from "../pipeline/text-to-image.js";
import { merge } from "./config.js";
import { type AnyFields, count, type Field } from "./field.js";
import { EMOJI_32 } from "./presets.js";

const size = (what: string): Field => count(what);

/** Fields of the network; only a config file sets them. */
export const MODEL_FIELDS: AnyFields = {
  sample_size: size("side of what the UNet sees"),
  in_channels: size("channels that it sees"),
  out_channels: size("channels that it gives"),
  block_out_channels: size("channels of each resolution"),
  down_block_types: { what: "blocks", choices: ["DownBlock2D", "CrossAttnDownBlock2D"] },
  up_block_types: { what: "blocks", choices: ["UpBlock2D", "CrossAttnUpBlock2D"] },
  layers_per_block: size("residual layers"),
  transformer_layers_per_block: size("transformer blocks"),
  attention_head_dim: size("heads"),
  cross_attention_dim: size("width of the condition"),
  norm_num_groups: size("groups of each group norm"),
  norm_eps: { what: "ε of the norms", above: 0 },
  class_embed_type: { what: "pooled condition", choices: ["projection"], nullable: true },
  projection_class_embeddings_input_dim: { ...size("its width"), nullable: true },
  addition_embed_type: {
    what: "pooled condition with sizes",
    choices: ["text_time"],
    nullable: true,
    optional: true,
  },
  addition_time_embed_dim: { ...size("width of each size"), nullable: true, optional: true },
  vocab_size: size("words"),
  hidden_size: size("width"),
  intermediate_size: size("width of the MLP"),
  num_hidden_layers: size("layers"),
  num_attention_heads: size("heads"),
  max_position_embeddings: size("words of a caption"),
  block: size("side of the pixel blocks that become channels"),
  diagonals: size("diagonals of cosines kept of each colour axis"),
  sigma_data: { what: "standard deviation of the data", above: 0 },
  sigma_min: { what: "smallest noise level", above: 0 },
  sigma_max: { what: "largest noise level", above: 0 },
  sigma_init: { what: "noise level of the one evaluation", above: 0 },
};

/** Every field that a file may have. */
const TEMPLATE: TextToImageConfig = {
  ...EMOJI_32,
  unet: { ...EMOJI_32.unet, addition_embed_type: null, addition_time_embed_dim: null },
};

/** A whole config, as files of models hold it. */
export function checkModelConfig(table: unknown, fail: (what: string) => Error): TextToImageConfig {
  const options = { fields: MODEL_FIELDS, path: "", fail, complete: true };
  return checkSizes(merge(TEMPLATE, table, options), fail);
}

/** Sizes that must agree with each other and with the data. */
export function checkSizes(
  config: TextToImageConfig,
  fail: (what: string) => Error = (what) => new UsageError(what),
): TextToImageConfig {
  const { unet, text_encoder: text, block, sigma_min, sigma_max } = config;
  const width = text.hidden_size;
  const rules: readonly (readonly [name: string, value: number, must: number])[] = [
    ["unet.sample_size · block", unet.sample_size * block, SCENE_SIZE],
    ["unet.in_channels", unet.in_channels, latentChannels(config)],
    ["unet.out_channels", unet.out_channels, latentChannels(config)],
    ["unet.cross_attention_dim", unet.cross_attention_dim, width],
    ["text_encoder.vocab_size", text.vocab_size, VOCABULARY.length],
    ["text_encoder.max_position_embeddings", text.max_position_embeddings, MAX_TOKENS],
    ["hidden_size % num_attention_heads", width % text.num_attention_heads, 0],
  ];
  const broken = rules.find(([, value, must]) => value !== must);
  if (broken) throw fail(`the model's ${broken[0]} is ${broken[1]}; it must be ${broken[2]}.`);
  const pooled = unet.projection_class_embeddings_input_dim;
  const added = unet.addition_embed_type ?? null;
  if (added !== null && (unet.addition_time_embed_dim ?? null) === null) {
    throw fail(`the model's addition_embed_type is ${added}; give its addition_time_embed_dim.`);
  }
  const read = pooledWidth(config);
  if (read !== undefined && pooled !== read) {
    throw fail(
      `the model's projection_class_embeddings_input_dim is ${pooled}; it must be ${read}.`,
    );
  }
  if (sigma_min < sigma_max) return config;
  throw fail(`the model's sigma_min ${sigma_min} is not below its sigma_max ${sigma_max}.`);
}

/** What an MLP of the pooled condition sees: that, and with "text_time" the sizes. */
function pooledWidth({ unet, text_encoder }: TextToImageConfig): number | undefined {
  const { hidden_size: width } = text_encoder;
  if ((unet.addition_embed_type ?? null) !== null) {
    return width + TIME_IDS * (unet.addition_time_embed_dim ?? 0);
  }
  return unet.class_embed_type === null ? undefined : width;
}
