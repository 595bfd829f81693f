/**
 *     y[i] = weight[ids[i]]
 */
import { embedding } from "../ops/embedding.js";
import type { Tensor } from "../tensor/tensor.js";
import { Module } from "./module.js";
import type { Parameter } from "./parameter.js";
import type { Params } from "./params.js";

/** Rows of the table, and the size of each. */
export interface EmbeddingConfig {
  readonly count: number;
  readonly size: number;
  /** Standard deviation of the first values. Default 1, as in PyTorch. */
  readonly std?: number;
}

/** A table with one row for each id. */
export class Embedding extends Module {
  /** [count, size] */
  readonly weight: Parameter;

  constructor(params: Params, { count, size, std = 1 }: EmbeddingConfig) {
    super();
    this.weight = params.parameter("weight", [count, size], { uniform: Math.sqrt(3) * std });
  }

  /** ids u32 [...] → [..., size] */
  forward(ids: Tensor): Tensor {
    return embedding(this.weight.value, ids);
  }
}
