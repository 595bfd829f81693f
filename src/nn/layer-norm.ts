/**
 *     y = (x − μ) / √(σ² + ε) · weight + bias,     μ, σ² over the last axis
 */
import { layerNorm } from "../ops/layer-norm.js";
import type { Tensor } from "../tensor/tensor.js";
import { Module } from "./module.js";
import type { Parameter } from "./parameter.js";
import type { Params } from "./params.js";

/** Normalises along the last axis; weight starts at 1, bias at 0. */
export class LayerNorm extends Module {
  /** [C] */
  readonly weight: Parameter;
  /** [C] */
  readonly bias: Parameter;
  readonly eps: number;

  constructor(
    params: Params,
    { size, eps = 1e-5 }: { readonly size: number; readonly eps?: number },
  ) {
    super();
    this.weight = params.parameter("weight", [size], { constant: 1 });
    this.bias = params.parameter("bias", [size], { constant: 0 });
    this.eps = eps;
  }

  /** x [..., C] → the same shape */
  forward(x: Tensor): Tensor {
    return layerNorm(x, { eps: this.eps, weight: this.weight.value, bias: this.bias.value });
  }
}
