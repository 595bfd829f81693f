/**
 *     q = x W_q,  k = ctx W_k,  v = ctx W_v      (no biases)
 *     y = to_out(softmax(q kᵀ / √d + mask) v),   d = C / heads
 */
import { chain, Linear, Module, type Params } from "../../nn/index.js";
import { attention } from "../../ops/attention.js";
import type { Tensor } from "../../tensor/tensor.js";

export interface AttentionConfig {
  readonly channels: number;
  readonly heads: number;
  /** Width of what keys and values are made from. */
  readonly context: number;
}

export class Attention extends Module {
  readonly to_q: Linear;
  readonly to_k: Linear;
  readonly to_v: Linear;
  /** A list of one, since files call it `to_out.0`. */
  readonly to_out: readonly Linear[];
  readonly heads: number;

  constructor(params: Params, { channels, heads, context }: AttentionConfig) {
    super();
    const bias = false;
    this.to_q = new Linear(params.at("to_q"), { in: channels, out: channels, bias });
    this.to_k = new Linear(params.at("to_k"), { in: context, out: channels, bias });
    this.to_v = new Linear(params.at("to_v"), { in: context, out: channels, bias });
    this.to_out = [new Linear(params.at("to_out").at(0), { in: channels, out: channels })];
    this.heads = heads;
  }

  /** x [N, T, C], context [N, S, D] (x itself without one), mask [N, S] additive → [N, T, C] */
  forward(x: Tensor, context: Tensor = x, mask?: Tensor): Tensor {
    const options = mask ? { heads: this.heads, mask } : { heads: this.heads };
    return chain(
      x,
      (y) => {
        const q = this.to_q.forward(y);
        const k = this.to_k.forward(context);
        const v = this.to_v.forward(context);
        return attention(q, k, v, options);
      },
      (y) => this.to_out[0]?.forward(y) ?? y,
    );
  }
}
