/**
 *     y[n, o, i, j] = b[o] + Σ_{c, u, v} w[o, c, u, v] · x[n, c, s·i + u − p, s·j + v − p]
 */
import { conv2d } from "../ops/conv2d.js";
import type { Tensor } from "../tensor/tensor.js";
import { Module } from "./module.js";
import type { Parameter } from "./parameter.js";
import type { Params } from "./params.js";

/** Channels in and out, and the window in pixels. Default: stride 1, no padding. */
export interface Conv2dConfig {
  readonly in: number;
  readonly out: number;
  readonly kernel: number;
  readonly stride?: number;
  readonly padding?: number;
  /** Start at zero: for the last layer of a residual branch. */
  readonly zero?: boolean;
}

/** A convolution of pictures, drawn uniformly in ±1 / √(in · kernel²), as in PyTorch. */
export class Conv2d extends Module {
  /** [out, in, kernel, kernel] */
  readonly weight: Parameter;
  /** [out] */
  readonly bias: Parameter;
  readonly stride: number;
  readonly padding: number;

  constructor(params: Params, config: Conv2dConfig) {
    super();
    const { in: fanIn, out, kernel, stride = 1, padding = 0, zero = false } = config;
    const init = zero ? { constant: 0 } : { uniform: 1 / Math.sqrt(fanIn * kernel * kernel) };
    this.weight = params.parameter("weight", [out, fanIn, kernel, kernel], init);
    this.bias = params.parameter("bias", [out], init);
    this.stride = stride;
    this.padding = padding;
  }

  /** x [N, in, H, W] → [N, out, H', W'] */
  forward(x: Tensor): Tensor {
    const { stride, padding } = this;
    return conv2d(x, this.weight.value, { bias: this.bias.value, stride, padding });
  }
}
