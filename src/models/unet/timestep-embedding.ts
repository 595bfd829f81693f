/**
 * Sinusoidal embedding of a noise level (Vaswani et al. 2017, as used by DDPM), and the MLP on it.
 *
 *     f_i = exp(−ln 10000 · i / (half − freq_shift)),  i < half = dim / 2
 *     e(t) = [cos(t f), sin(t f)]        (flip_sin_to_cos; else [sin, cos])
 *     temb = linear_2(silu(linear_1(e)))
 */
import { Linear, Module, type Params } from "../../nn/index.js";
import { mul } from "../../ops/binary.js";
import { concat } from "../../ops/concat.js";
import { reshape } from "../../ops/reshape.js";
import { cos, silu, sin } from "../../ops/unary.js";
import { tensor } from "../../tensor/create.js";
import type { Tensor } from "../../tensor/tensor.js";

export interface SinusoidConfig {
  readonly dim: number;
  readonly flip_sin_to_cos: boolean;
  readonly freq_shift: number;
}

/** t [N] → [N, dim] */
export function sinusoids(t: Tensor, { dim, flip_sin_to_cos, freq_shift }: SinusoidConfig): Tensor {
  const half = dim / 2;
  const frequencies = Float64Array.from({ length: half }, (_, i) =>
    Math.exp((-Math.log(10000) * i) / (half - freq_shift)),
  );
  const angles = mul(reshape(t, [-1, 1]), tensor(t.device, frequencies, [1, half]));
  return flip_sin_to_cos
    ? concat([cos(angles), sin(angles)], 1)
    : concat([sin(angles), cos(angles)], 1);
}

export class TimestepEmbedding extends Module {
  readonly linear_1: Linear;
  readonly linear_2: Linear;

  constructor(params: Params, config: { readonly in: number; readonly out: number }) {
    super();
    this.linear_1 = new Linear(params.at("linear_1"), config);
    this.linear_2 = new Linear(params.at("linear_2"), { in: config.out, out: config.out });
  }

  /** x [N, in] → [N, out] */
  forward(x: Tensor): Tensor {
    return this.linear_2.forward(silu(this.linear_1.forward(x)));
  }
}
