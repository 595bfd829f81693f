/**
 * GEGLU (Shazeer 2020), then a projection back.
 *
 *     [h, g] = proj(x),   y = W (h ⊙ gelu(g)) + b
 */
import { chain, Linear, Module, type Params, scoped } from "../../nn/index.js";
import { geglu } from "../../ops/geglu.js";
import type { Tensor } from "../../tensor/tensor.js";

const EXPANSION = 4;

class GEGLU extends Module {
  readonly proj: Linear;

  constructor(params: Params, channels: number) {
    super();
    this.proj = new Linear(params.at("proj"), { in: channels, out: 2 * EXPANSION * channels });
  }

  /** x [N, T, C] → [N, T, 4C] */
  forward(x: Tensor): Tensor {
    return scoped(x.device, () => geglu(this.proj.forward(x)));
  }
}

export class FeedForward extends Module {
  /** Entry 1 is diffusers' dropout, which has no parameters. */
  readonly net: readonly [GEGLU, undefined, Linear];

  constructor(params: Params, channels: number) {
    super();
    const net = params.at("net");
    const back = new Linear(net.at(2), { in: EXPANSION * channels, out: channels });
    this.net = [new GEGLU(net.at(0), channels), undefined, back];
  }

  /** x [N, T, C] → the same shape */
  forward(x: Tensor): Tensor {
    const [geglu, , back] = this.net;
    return chain(
      x,
      (y) => geglu.forward(y),
      (y) => back.forward(y),
    );
  }
}
