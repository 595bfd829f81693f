/**
 * A proxy reward, learned from pairs:
 *
 *     r(x, c) = w ⟨u, v⟩ + h(x)       ⟨u, v⟩: the shipped text-image scorer, frozen
 *                                     h: three strided convolutions, the mean over places, two layers
 *     L = mean log(1 + exp(−(r_a − r_b)))     a: the preferred picture (Bradley & Terry)
 *
 * h has no norms: they would hide how strong colours are.
 */
import { MAX_TOKENS, SCENE_LENGTH, SCENE_SIZE } from "../../data/index.js";
import type { Device } from "../../device/types.js";
import { rewardsOf } from "../../evaluation/index.js";
import type { TextImageScorer } from "../../models/reward/index.js";
import type { Tokens } from "../../models/text/text-encoder.js";
import { Conv2d, Linear, Module, type Parameter, type Params } from "../../nn/index.js";
import { add, mul } from "../../ops/binary.js";
import { mean } from "../../ops/mean.js";
import { reshape } from "../../ops/reshape.js";
import { gelu } from "../../ops/unary.js";
import { tensor } from "../../tensor/create.js";
import type { Tensor } from "../../tensor/tensor.js";

const CHANNELS = [12, 24, 32] as const;
const HIDDEN = 32;
const AT_ONCE = 64;

export class ProxyReward extends Module {
  readonly conv1: Conv2d;
  readonly conv2: Conv2d;
  readonly conv3: Conv2d;
  readonly hidden: Linear;
  readonly head: Linear;
  /** [1], w of the header */
  readonly text_weight: Parameter;

  constructor(params: Params) {
    super();
    const [a, b, c] = CHANNELS;
    const halving = (name: string, from: number, out: number, kernel: number): Conv2d =>
      new Conv2d(params.at(name), { in: from, out, kernel, stride: 2, padding: (kernel - 1) / 2 });
    this.conv1 = halving("conv1", 3, a, 5);
    this.conv2 = halving("conv2", a, b, 3);
    this.conv3 = halving("conv3", b, c, 3);
    this.hidden = new Linear(params.at("hidden"), { in: c, out: HIDDEN });
    this.head = new Linear(params.at("head"), { in: HIDDEN, out: 1 });
    this.text_weight = params.parameter("text_weight", [1], { constant: 1 });
  }

  /** images [N, 3, 32, 32], ⟨u, v⟩ of each [N] → r [N] */
  forward(images: Tensor, fit: Tensor): Tensor {
    let h = gelu(this.conv1.forward(images));
    h = gelu(this.conv2.forward(h));
    h = gelu(this.conv3.forward(h));
    h = this.head.forward(gelu(this.hidden.forward(mean(h, { axes: [2, 3] }))));
    return add(mul(fit, this.text_weight.value), reshape(h, [h.dim(0)]));
  }
}

/** A trained proxy in units of its standard deviation over the start generator's pictures. */
export interface ScaledProxy {
  readonly network: ProxyReward;
  readonly mean: number;
  readonly deviation: number;
}

/** r̂ = (r − mean) / deviation, as the trainer of the alignment wants it: differentiable. */
export function proxyReward(
  { network, mean: centre, deviation }: ScaledProxy,
  fit: TextImageScorer,
): (pictures: Tensor, tokens: Tokens) => Tensor {
  return (pictures, tokens) => {
    const raw = network.forward(pictures, fit.score(pictures, tokens));
    return mul(add(raw, -centre), 1 / deviation);
  };
}

/** r (not standardised) of pictures [n, 3, 32, 32] and captions [n, MAX_TOKENS]. */
export async function rawRewards(
  device: Device,
  { network, fit }: { readonly network: ProxyReward; readonly fit: TextImageScorer },
  images: Float32Array,
  tokens: Uint32Array,
): Promise<number[]> {
  const fits = await rewardsOf(device, fit, images, tokens);
  const n = tokens.length / MAX_TOKENS;
  const out: number[] = [];
  for (let at = 0; at < n; at += AT_ONCE) {
    using _scope = device.scope();
    const part = images.slice(at * SCENE_LENGTH, (at + AT_ONCE) * SCENE_LENGTH);
    const size = part.length / SCENE_LENGTH;
    const x = tensor(device, part, [size, 3, SCENE_SIZE, SCENE_SIZE]);
    const values = network.forward(x, tensor(device, fits.slice(at, at + size), [size]));
    out.push(...(await values.data()));
  }
  return out;
}
