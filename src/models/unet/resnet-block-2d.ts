/**
 *     h = conv1(silu(norm1(x))) + time_emb_proj(silu(temb))
 *     y = conv2(silu(norm2(h))) + conv_shortcut(x)
 */
import { Conv2d, chain, GroupNorm, Linear, Module, type Params } from "../../nn/index.js";
import { add } from "../../ops/binary.js";
import { reshape } from "../../ops/reshape.js";
import { silu } from "../../ops/unary.js";
import type { Tensor } from "../../tensor/tensor.js";

export interface ResnetConfig {
  readonly in: number;
  readonly out: number;
  /** Width of the time embedding. */
  readonly time: number;
  readonly groups: number;
  readonly eps: number;
}

export class ResnetBlock2D extends Module {
  readonly norm1: GroupNorm;
  readonly conv1: Conv2d;
  readonly time_emb_proj: Linear;
  readonly norm2: GroupNorm;
  readonly conv2: Conv2d;
  /** Only where the number of channels changes. */
  readonly conv_shortcut?: Conv2d;

  constructor(params: Params, { in: cin, out, time, groups, eps }: ResnetConfig) {
    super();
    const conv = { kernel: 3, padding: 1 };
    this.norm1 = new GroupNorm(params.at("norm1"), { groups, channels: cin, eps });
    this.conv1 = new Conv2d(params.at("conv1"), { ...conv, in: cin, out });
    this.time_emb_proj = new Linear(params.at("time_emb_proj"), { in: time, out });
    this.norm2 = new GroupNorm(params.at("norm2"), { groups, channels: out, eps });
    this.conv2 = new Conv2d(params.at("conv2"), { ...conv, in: out, out, zero: true });
    if (cin !== out) {
      this.conv_shortcut = new Conv2d(params.at("conv_shortcut"), { in: cin, out, kernel: 1 });
    }
  }

  /** x [N, in, H, W], temb [N, time] → [N, out, H, W] */
  forward(x: Tensor, temb: Tensor): Tensor {
    return chain(
      x,
      (h) => this.norm1.forwardSilu(h),
      (h) => this.conv1.forward(h),
      (h) => add(h, this.shift(temb)),
      (h) => this.norm2.forwardSilu(h),
      (h) => this.conv2.forward(h),
      (h) => add(h, this.conv_shortcut ? this.conv_shortcut.forward(x) : x),
    );
  }

  /** temb [N, time] → [N, out, 1, 1] */
  private shift(temb: Tensor): Tensor {
    const shift = this.time_emb_proj.forward(silu(temb));
    return reshape(shift, [...shift.shape, 1, 1]);
  }
}
