/**
 *     y = (x − μ) / √(σ² + ε) · weight + bias,     μ, σ² over each group of channels
 */
import { groupNorm, groupNormSilu } from "../ops/group-norm.js";
import type { Tensor } from "../tensor/tensor.js";
import { Module } from "./module.js";
import type { Parameter } from "./parameter.js";
import type { Params } from "./params.js";

/** `groups` divides `channels`. */
export interface GroupNormConfig {
  readonly groups: number;
  readonly channels: number;
  readonly eps?: number;
}

/** Normalises groups of channels; weight starts at 1, bias at 0. */
export class GroupNorm extends Module {
  /** [C] */
  readonly weight: Parameter;
  /** [C] */
  readonly bias: Parameter;
  readonly groups: number;
  readonly eps: number;

  constructor(params: Params, { groups, channels, eps = 1e-5 }: GroupNormConfig) {
    super();
    this.weight = params.parameter("weight", [channels], { constant: 1 });
    this.bias = params.parameter("bias", [channels], { constant: 0 });
    this.groups = groups;
    this.eps = eps;
  }

  /** x [N, C, ...] → the same shape */
  forward(x: Tensor): Tensor {
    return groupNorm(x, this.options());
  }

  /** silu(norm(x)) by one kernel. */
  forwardSilu(x: Tensor): Tensor {
    return groupNormSilu(x, this.options());
  }

  private options() {
    const { groups, eps } = this;
    return { groups, eps, weight: this.weight.value, bias: this.bias.value };
  }
}
