/**
 * A small text encoder with the layout and names of CLIP's text model (Radford et al. 2021):
 * learned tokens and positions, pre-norm transformer blocks, a final norm. Padding is masked.
 *
 *     h = token_embedding[ids] + position_embedding
 *     h += self_attn(layer_norm1 h);   h += fc2(gelu(fc1(layer_norm2 h)))
 *     hidden = final_layer_norm(h),    pooled = Σ hidden / √words
 */

import type { Device } from "../../device/types.js";
import { Embedding, LayerNorm, Linear, Module, type Params } from "../../nn/index.js";
import { attention } from "../../ops/attention.js";
import { add, mul } from "../../ops/binary.js";
import { matmul } from "../../ops/matmul.js";
import { reshape } from "../../ops/reshape.js";
import { slice } from "../../ops/slice.js";
import { gelu } from "../../ops/unary.js";
import { tensor } from "../../tensor/create.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { Condition } from "../unet/index.js";

/** Sizes of the text encoder, under the names of the transformers library. */
export interface TextEncoderConfig {
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly max_position_embeddings: number;
}

/** Tokens of a batch, padded with 0 at the end; row-major [n, length]. */
export interface TokenBatch {
  readonly ids: Uint32Array;
  readonly n: number;
  readonly length: number;
}

/**
 * The same batch as the encoder reads it: inputs of a captured step, which may come as vectors.
 * `tokenValues` makes the values.
 */
export interface TokenTensors {
  readonly n: number;
  readonly length: number;
  /** u32 [n · length] */
  readonly ids: Tensor;
  /** `[n · length]`: 0, and a large negative number where there is padding. */
  readonly mask: Tensor;
  /** `[n · length]`: weights of the words in the pooled vector. */
  readonly weights: Tensor;
  /** `[n]`: 1, and 0 where the caption is dropped. */
  readonly keep: Tensor;
}

/** Tokens on the host, or as tensors. */
export type Tokens = TokenBatch | TokenTensors;

/** Values of `TokenTensors`, by name. */
export type TokenValues = Readonly<{
  ids: Uint32Array;
  mask: Float32Array;
  weights: Float32Array;
  keep: Float32Array;
}>;

/** Added to the score of a padded position: exp of it is 0 in float32. */
const MASKED = -1e9;

class SelfAttention extends Module {
  readonly q_proj: Linear;
  readonly k_proj: Linear;
  readonly v_proj: Linear;
  readonly out_proj: Linear;
  readonly heads: number;

  constructor(params: Params, { hidden_size: size, num_attention_heads }: TextEncoderConfig) {
    super();
    const linear = (name: string): Linear => new Linear(params.at(name), { in: size, out: size });
    this.q_proj = linear("q_proj");
    this.k_proj = linear("k_proj");
    this.v_proj = linear("v_proj");
    this.out_proj = linear("out_proj");
    this.heads = num_attention_heads;
  }

  /** x [N, S, D], mask [N, S] → [N, S, D] */
  forward(x: Tensor, mask: Tensor): Tensor {
    const [q, k, v] = [this.q_proj.forward(x), this.k_proj.forward(x), this.v_proj.forward(x)];
    return this.out_proj.forward(attention(q, k, v, { heads: this.heads, mask }));
  }
}

class MLP extends Module {
  readonly fc1: Linear;
  readonly fc2: Linear;

  constructor(params: Params, { hidden_size, intermediate_size }: TextEncoderConfig) {
    super();
    this.fc1 = new Linear(params.at("fc1"), { in: hidden_size, out: intermediate_size });
    this.fc2 = new Linear(params.at("fc2"), { in: intermediate_size, out: hidden_size });
  }

  forward(x: Tensor): Tensor {
    return this.fc2.forward(gelu(this.fc1.forward(x)));
  }
}

class EncoderLayer extends Module {
  readonly layer_norm1: LayerNorm;
  readonly self_attn: SelfAttention;
  readonly layer_norm2: LayerNorm;
  readonly mlp: MLP;

  constructor(params: Params, config: TextEncoderConfig) {
    super();
    const size = config.hidden_size;
    this.layer_norm1 = new LayerNorm(params.at("layer_norm1"), { size });
    this.self_attn = new SelfAttention(params.at("self_attn"), config);
    this.layer_norm2 = new LayerNorm(params.at("layer_norm2"), { size });
    this.mlp = new MLP(params.at("mlp"), config);
  }

  forward(x: Tensor, mask: Tensor): Tensor {
    const a = add(x, this.self_attn.forward(this.layer_norm1.forward(x), mask));
    return add(a, this.mlp.forward(this.layer_norm2.forward(a)));
  }
}

/** Tokens → the condition of a UNet. */
export class TextEncoder extends Module {
  readonly config: TextEncoderConfig;
  readonly token_embedding: Embedding;
  readonly position_embedding: Embedding;
  readonly layers: readonly EncoderLayer[];
  readonly final_layer_norm: LayerNorm;

  constructor(params: Params, config: TextEncoderConfig) {
    super();
    this.config = config;
    const { vocab_size, max_position_embeddings, hidden_size: size, num_hidden_layers } = config;
    const tokens = { count: vocab_size, size };
    // Small beside the words: what is said matters more than where it stands.
    const positions = { count: max_position_embeddings, size, std: 0.1 };
    this.token_embedding = new Embedding(params.at("token_embedding"), tokens);
    this.position_embedding = new Embedding(params.at("position_embedding"), positions);
    this.layers = Array.from(
      { length: num_hidden_layers },
      (_, i) => new EncoderLayer(params.at("layers").at(i), config),
    );
    this.final_layer_norm = new LayerNorm(params.at("final_layer_norm"), { size });
  }

  /**
   * A batch of tokens → its condition. Rows with `dropped` true become the empty condition ∅:
   * zeros, as in SDXL; tensors of tokens say by `keep` which are dropped.
   */
  forward(device: Device, batch: Tokens, dropped?: readonly boolean[]): Condition {
    if ("keep" in batch) return this.encode(batch);
    const values = tokenValues(batch, dropped);
    const [ids, mask, weights, keep] = (["ids", "mask", "weights", "keep"] as const).map((name) =>
      tensor(device, values[name], [values[name].length], { label: name }),
    ) as [Tensor, Tensor, Tensor, Tensor];
    return this.encode({ n: batch.n, length: batch.length, ids, mask, weights, keep });
  }

  private encode({ n, length, ...tokens }: TokenTensors): Condition {
    const mask = reshape(tokens.mask, [n, length]);
    const table = this.position_embedding.weight.value;
    const positions = slice(table, { axis: 0, start: 0, end: length });
    let h = add(this.token_embedding.forward(reshape(tokens.ids, [n, length])), positions);
    for (const layer of this.layers) h = layer.forward(h, mask);
    const hidden = mul(this.final_layer_norm.forward(h), reshape(tokens.keep, [n, 1, 1]));
    // The mean over a prompt's words, as a product: its kernel is there already.
    const pooled = matmul(reshape(tokens.weights, [n, 1, length]), hidden);
    return { hidden, mask, pooled: reshape(pooled, [n, this.config.hidden_size]) };
  }
}

/** What the host computes of a batch; rows with `dropped` true become the empty condition. */
export function tokenValues(batch: TokenBatch, dropped?: readonly boolean[]): TokenValues {
  const { ids } = batch;
  return { ids, mask: maskOf(batch), weights: poolWeights(batch), keep: keep(batch, dropped) };
}

/** The empty condition ∅ for n samples. */
export function emptyCondition(device: Device, n: number, length: number, size: number): Condition {
  const blank = (...shape: number[]): Tensor =>
    tensor(device, new Float32Array(shape.reduce((a, b) => a * b, 1)), shape, { label: "empty" });
  return { hidden: blank(n, length, size), mask: blank(n, length), pooled: blank(n, size) };
}

function maskOf({ ids }: TokenBatch): Float32Array {
  return Float32Array.from(ids, (id) => (id === 0 ? MASKED : 0));
}

function keep({ n }: TokenBatch, dropped: readonly boolean[] = []): Float32Array {
  return Float32Array.from({ length: n }, (_, i) => (dropped[i] ? 0 : 1));
}

function poolWeights({ ids, n, length }: TokenBatch): Float32Array {
  const out = new Float32Array(n * length);
  for (let i = 0; i < n; i++) {
    const row = ids.subarray(i * length, (i + 1) * length);
    const words = row.filter((id) => id !== 0).length;
    row.forEach((id, j) => {
      out[i * length + j] = id === 0 ? 0 : 1 / Math.sqrt(Math.max(1, words));
    });
  }
  return out;
}
