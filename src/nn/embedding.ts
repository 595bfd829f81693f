/**
 *     y[i] = weight[ids[i]]
 */
import { embedding } from "../ops/embedding.js";
import type { Tensor } from "../tensor/tensor.js";
import { Module } from "./module.js";
import type { Parameter } from "./parameter.js";
import type { Params } from "./params.js";

export class Embedding extends Module {
  /** [count, size] */
  readonly weight: Parameter;

  constructor(params: Params, config: { readonly count: number; readonly size: number }) {
    super();
    const { count, size } = config;
    this.weight = params.parameter("weight", [count, size], { uniform: Math.sqrt(3) * 0.5 });
  }

  /** ids u32 [...] → [..., size] */
  forward(ids: Tensor): Tensor {
    return embedding(this.weight.value, ids);
  }
}
