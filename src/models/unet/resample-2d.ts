/** Changes of resolution: a strided convolution down; repetition and a convolution up. */
import { Conv2d, Module, type Params, scoped } from "../../nn/index.js";
import { upsampleNearest2d } from "../../ops/upsample.js";
import type { Tensor } from "../../tensor/tensor.js";

export class Downsample2D extends Module {
  readonly conv: Conv2d;

  constructor(params: Params, channels: number) {
    super();
    const shape = { in: channels, out: channels, kernel: 3 };
    this.conv = new Conv2d(params.at("conv"), { ...shape, stride: 2, padding: 1 });
  }

  /** x [N, C, H, W] → [N, C, ⌈H/2⌉, ⌈W/2⌉] */
  forward(x: Tensor): Tensor {
    return this.conv.forward(x);
  }
}

export class Upsample2D extends Module {
  readonly conv: Conv2d;

  constructor(params: Params, channels: number) {
    super();
    const shape = { in: channels, out: channels, kernel: 3 };
    this.conv = new Conv2d(params.at("conv"), { ...shape, padding: 1 });
  }

  /** x [N, C, H, W] → [N, C, 2H, 2W] */
  forward(x: Tensor): Tensor {
    return scoped(x.device, () => this.conv.forward(upsampleNearest2d(x, 2)));
  }
}
