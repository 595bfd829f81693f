/**
 *     y = x Wᵀ + b
 */
import { linear } from "../ops/linear.js";
import type { Tensor } from "../tensor/tensor.js";
import { Module } from "./module.js";
import type { Parameter } from "./parameter.js";
import type { Params } from "./params.js";

/** Sizes of the last axis before and after. Default: with a bias. */
export interface LinearConfig {
  readonly in: number;
  readonly out: number;
  readonly bias?: boolean;
  /** Start at zero: for the last layer of a residual branch. */
  readonly zero?: boolean;
}

/** A linear layer, drawn uniformly in ±1 / √in, as in PyTorch. */
export class Linear extends Module {
  /** [out, in] */
  readonly weight: Parameter;
  /** [out] */
  readonly bias?: Parameter;

  constructor(params: Params, { in: fanIn, out, bias = true, zero = false }: LinearConfig) {
    super();
    const init = zero ? { constant: 0 } : { uniform: 1 / Math.sqrt(fanIn) };
    this.weight = params.parameter("weight", [out, fanIn], init);
    if (bias) this.bias = params.parameter("bias", [out], init);
  }

  /** x [..., in] → [..., out] */
  forward(x: Tensor): Tensor {
    return linear(x, this.weight.value, this.bias?.value);
  }
}
