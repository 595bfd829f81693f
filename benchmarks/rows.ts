/**
 * What is measured: ops at the sizes that the model in this repository trains with, and the model.
 * Each row can build itself small, so that it is checked against the float64 reference first.
 */
import { EMOJI_32 } from "../src/cli/presets.js";
import {
  attention,
  type Condition,
  conv2d,
  conv2dInputGrad,
  conv2dWeightGrad,
  type Device,
  groupNormSilu,
  initParams,
  Key,
  matmul,
  randomUniform,
  softmax,
  sub,
  type Tensor,
  tensor,
  UNet2DConditionModel,
  type UNetConfig,
  vjp,
} from "../src/node.js";

export interface Row {
  readonly name: string;
  /** Multiplications and additions of one call; absent where they are not what costs. */
  readonly flops?: number;
  /** Part of `--quick`. */
  readonly quick: boolean;
  /** When its slow ancestors are timed as well: "never" where there are none. */
  readonly naive: "always" | "not quick" | "never";
  /** Makes the inputs; what it returns is one call. */
  build(device: Device, small: boolean): () => readonly Tensor[];
}

/** Numbers in [−½, ½), the same bits on every device. */
function draw(device: Device, shape: readonly number[], seed: number): Tensor {
  using scope = device.scope();
  return scope.keep(sub(randomUniform(device, Key.from(seed), shape), 0.5));
}

function square(n: number, quick: boolean): Row {
  return {
    name: `matmul ${n}`,
    flops: 2 * n ** 3,
    quick,
    naive: "always",
    build: (device, small) => {
      const size = small ? 37 : n;
      const [a, b] = [draw(device, [size, size], 1), draw(device, [size, size], 2)];
      return () => [matmul(a, b)];
    },
  };
}

type Conv = (x: Tensor, w: Tensor, dy: Tensor) => Tensor;
const SAME = { stride: 1, padding: 1, groups: 1 };
const CONVS: Readonly<Record<string, Conv>> = {
  "": (x, w) => conv2d(x, w, SAME),
  " input grad": (x, w, dy) => conv2dInputGrad(dy, w, x.shape, SAME),
  " weight grad": (x, w, dy) => conv2dWeightGrad(x, dy, w.shape, SAME),
};

/** 3 × 3 at [32, channels, side, side], channels → channels: forward and both gradients. */
function convolutions(channels: number, side: number, quick: boolean): Row[] {
  return Object.entries(CONVS).map(([what, run]) => ({
    name: `conv2d${what} ${channels}@${side}`,
    flops: 2 * 32 * side * side * channels * channels * 9,
    quick: quick && what === "",
    naive: "always",
    build: (device, small) => {
      const [n, c, s] = small ? [2, 9, 5] : [32, channels, side];
      const x = draw(device, [n, c, s, s], 1);
      const w = draw(device, [c, c, 3, 3], 2);
      const dy = draw(device, [n, c, s, s], 3);
      return () => [run(x, w, dy)];
    },
  }));
}

/** Self-attention at 8 × 8: 64 tokens of 64 channels in 2 heads, batch 32. */
function attentions(): Row[] {
  const inputs = (device: Device, small: boolean): [Tensor, Tensor, Tensor, Tensor] => {
    const shape = small ? [2, 7, 8] : [32, 64, 64];
    const [q, k, v] = [draw(device, shape, 1), draw(device, shape, 2), draw(device, shape, 3)];
    return [q, k, v, draw(device, shape, 4)];
  };
  const flops = 4 * 32 * 64 * 64 * 64;
  const forward: Row = {
    name: "attention",
    flops,
    quick: true,
    naive: "never",
    build: (device, small) => {
      const [q, k, v] = inputs(device, small);
      return () => [attention(q, k, v, { heads: 2 })];
    },
  };
  const both: Row = {
    ...forward,
    name: "attention + vjp",
    flops: 3 * flops,
    build: (device, small) => {
      const [q, k, v, dy] = inputs(device, small);
      return () => vjp((...qkv) => attend(qkv), q, k, v).pullback(dy);
    },
  };
  return [forward, both];
}

function attend([q, k, v]: readonly Tensor[]): Tensor {
  if (!q || !k || !v) throw new Error("attention takes q, k and v");
  return attention(q, k, v, { heads: 2 });
}

const normSilu: Row = {
  name: "groupNormSilu 48@16",
  quick: true,
  naive: "never",
  build: (device, small) => {
    const [n, c, s] = small ? [2, 8, 3] : [32, 48, 16];
    const x = draw(device, [n, c, s, s], 1);
    const options = {
      groups: 8,
      eps: 1e-5,
      weight: draw(device, [c], 2),
      bias: draw(device, [c], 3),
    };
    return () => [groupNormSilu(x, options)];
  },
};

const softmaxRow: Row = {
  name: "softmax 4096x64",
  quick: true,
  naive: "never",
  build: (device, small) => {
    const x = draw(device, small ? [5, 33] : [4096, 64], 1);
    return () => [softmax(x)];
  },
};

const SMALL_UNET: UNetConfig = {
  ...EMOJI_32.unet,
  sample_size: 4,
  block_out_channels: [8, 8, 8],
  norm_num_groups: 4,
  cross_attention_dim: 8,
  projection_class_embeddings_input_dim: 8,
};

const unet: Row = {
  name: "unet emoji-32, batch 8",
  quick: true,
  naive: "not quick",
  build: (device, small) => {
    const config = small ? SMALL_UNET : EMOJI_32.unet;
    const model = new UNet2DConditionModel(initParams(device, Key.from(1)), config);
    // A fresh UNet gives zeros, and a check against zeros would say nothing.
    model.conv_out.weight.value.dispose();
    model.conv_out.weight.value = draw(device, model.conv_out.weight.shape, 2);
    const n = small ? 1 : 8;
    const width = config.cross_attention_dim;
    const side = config.sample_size;
    const x = draw(device, [n, config.in_channels, side, side], 3);
    const t = tensor(device, Array<number>(n).fill(0.3));
    const condition: Condition = {
      hidden: draw(device, [n, 12, width], 4),
      mask: tensor(device, new Float32Array(n * 12), [n, 12]),
      pooled: draw(device, [n, width], 5),
    };
    return () => [model.forward(x, t, condition)];
  },
};

export const ROWS: readonly Row[] = [
  square(256, true),
  square(512, false),
  ...convolutions(64, 8, true),
  ...convolutions(48, 16, false),
  normSilu,
  softmaxRow,
  ...attentions(),
  unet,
];
