/**
 * A stack of transformer blocks over the pixels of a picture.
 *
 *     x += attn1(norm1 x);   x += attn2(norm2 x, context);   x += ff(norm3 x)
 *     y = proj_out(blocks(proj_in(norm(x)))) + x          (linear projections)
 */
import { chain, GroupNorm, LayerNorm, Linear, Module, type Params } from "../../nn/index.js";
import { add } from "../../ops/binary.js";
import { permute } from "../../ops/permute.js";
import { reshape } from "../../ops/reshape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { Attention } from "./attention.js";
import { FeedForward } from "./feed-forward.js";

export interface TransformerConfig {
  readonly channels: number;
  readonly heads: number;
  readonly layers: number;
  /** Width of the condition's tokens. */
  readonly context: number;
  readonly groups: number;
}

/** What cross-attention reads: hidden [N, S, D] and an additive mask [N, S]. */
export interface Context {
  readonly hidden: Tensor;
  readonly mask: Tensor;
}

class BasicTransformerBlock extends Module {
  readonly norm1: LayerNorm;
  readonly attn1: Attention;
  readonly norm2: LayerNorm;
  readonly attn2: Attention;
  readonly norm3: LayerNorm;
  readonly ff: FeedForward;

  constructor(params: Params, { channels, heads, context }: TransformerConfig) {
    super();
    this.norm1 = new LayerNorm(params.at("norm1"), { size: channels });
    this.attn1 = new Attention(params.at("attn1"), { channels, heads, context: channels });
    this.norm2 = new LayerNorm(params.at("norm2"), { size: channels });
    this.attn2 = new Attention(params.at("attn2"), { channels, heads, context });
    this.norm3 = new LayerNorm(params.at("norm3"), { size: channels });
    this.ff = new FeedForward(params.at("ff"), channels);
  }

  /** x [N, T, C] → the same shape */
  forward(x: Tensor, { hidden, mask }: Context): Tensor {
    return chain(
      x,
      (y) => add(y, this.attn1.forward(this.norm1.forward(y))),
      (y) => add(y, this.attn2.forward(this.norm2.forward(y), hidden, mask)),
      (y) => add(y, this.ff.forward(this.norm3.forward(y))),
    );
  }
}

export class Transformer2DModel extends Module {
  readonly norm: GroupNorm;
  readonly proj_in: Linear;
  readonly transformer_blocks: readonly BasicTransformerBlock[];
  readonly proj_out: Linear;

  constructor(params: Params, config: TransformerConfig) {
    super();
    const { channels, layers, groups } = config;
    const blocks = params.at("transformer_blocks");
    this.norm = new GroupNorm(params.at("norm"), { groups, channels, eps: 1e-6 });
    this.proj_in = new Linear(params.at("proj_in"), { in: channels, out: channels });
    this.transformer_blocks = Array.from(
      { length: layers },
      (_, i) => new BasicTransformerBlock(blocks.at(i), config),
    );
    this.proj_out = new Linear(params.at("proj_out"), { in: channels, out: channels, zero: true });
  }

  /** x [N, C, H, W] → the same shape */
  forward(x: Tensor, context: Context): Tensor {
    const [n = 1, c = 1, h = 1, w = 1] = x.shape;
    return chain(
      x,
      (y) => permute(reshape(this.norm.forward(y), [n, c, h * w]), [0, 2, 1]),
      (y) => this.proj_in.forward(y),
      ...this.transformer_blocks.map((block) => (y: Tensor) => block.forward(y, context)),
      (y) => this.proj_out.forward(y),
      (y) => add(reshape(permute(y, [0, 2, 1]), [n, c, h, w]), x),
    );
  }
}
