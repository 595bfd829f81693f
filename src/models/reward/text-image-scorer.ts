/**
 * How well a picture fits a caption: two small encoders onto a sphere (CLIP, Radford et al. 2021).
 *
 *     u = f(x) / ‖f(x)‖,   v = g(c) / ‖g(c)‖          f: pictures, g: captions
 *     r(x, c) = ⟨u, v⟩                                 the reward, in [−1, 1]
 *     logits_ij = min(exp(logit_scale), 100) ⟨u_i, v_j⟩
 *
 * The picture's encoder ends in a linear map of all 4 × 4 places, not in their mean: where the
 * subject stands is part of the caption. About 11 MFLOP a picture.
 */
import { Conv2d, GroupNorm, Linear, Module, type Parameter, type Params } from "../../nn/index.js";
import { add, minimum, mul } from "../../ops/binary.js";
import { matmul } from "../../ops/matmul.js";
import { reshape } from "../../ops/reshape.js";
import { sum } from "../../ops/sum.js";
import { exp, rsqrt, square } from "../../ops/unary.js";
import type { Tensor } from "../../tensor/tensor.js";
import { spaceToDepth } from "../autoencoder/space-to-depth.js";
import { TextEncoder, type TextEncoderConfig, type Tokens } from "../text/text-encoder.js";

/** Sizes of the scorer; they are the file's metadata. */
export interface TextImageScorerConfig {
  readonly image_size: number;
  /** Channels of the first three convolutions; the last width is kept by a fourth. */
  readonly channels: readonly [number, number, number];
  readonly norm_num_groups: number;
  /** Dimensions of the common space. */
  readonly projection_dim: number;
  readonly text: TextEncoderConfig;
}

/** What the project's reward is trained with; the vocabulary comes from the data. */
export function rewardConfig(
  vocab_size: number,
  max_position_embeddings: number,
): TextImageScorerConfig {
  return {
    image_size: 32,
    channels: [48, 64, 96],
    norm_num_groups: 8,
    projection_dim: 64,
    text: {
      vocab_size,
      hidden_size: 64,
      intermediate_size: 128,
      num_hidden_layers: 2,
      num_attention_heads: 2,
      max_position_embeddings,
    },
  };
}

const BLOCK = 2;
const LARGEST_SCALE = Math.log(100);
/** CLIP's first temperature, 0.07. */
const FIRST_SCALE = Math.log(1 / 0.07);

class ImageEncoder extends Module {
  readonly conv1: Conv2d;
  readonly norm1: GroupNorm;
  readonly conv2: Conv2d;
  readonly norm2: GroupNorm;
  readonly conv3: Conv2d;
  readonly norm3: GroupNorm;
  readonly conv4: Conv2d;
  readonly norm4: GroupNorm;
  readonly projection: Linear;

  constructor(params: Params, config: TextImageScorerConfig) {
    super();
    const [a, b, c] = config.channels;
    const groups = config.norm_num_groups;
    const conv = (name: string, from: number, out: number, stride = 1): Conv2d =>
      new Conv2d(params.at(name), { in: from, out, kernel: 3, stride, padding: 1 });
    const norm = (name: string, channels: number): GroupNorm =>
      new GroupNorm(params.at(name), { groups, channels });
    this.conv1 = conv("conv1", 3 * BLOCK * BLOCK, a);
    this.norm1 = norm("norm1", a);
    this.conv2 = conv("conv2", a, b, 2);
    this.norm2 = norm("norm2", b);
    this.conv3 = conv("conv3", b, c, 2);
    this.norm3 = norm("norm3", c);
    this.conv4 = conv("conv4", c, c);
    this.norm4 = norm("norm4", c);
    const side = config.image_size / (4 * BLOCK);
    this.projection = new Linear(params.at("projection"), {
      in: c * side * side,
      out: config.projection_dim,
    });
  }

  /** images [N, 3, H, W] in [−1, 1] → [N, projection_dim] */
  forward(images: Tensor): Tensor {
    let h = spaceToDepth(images, BLOCK);
    h = this.norm1.forwardSilu(this.conv1.forward(h));
    h = this.norm2.forwardSilu(this.conv2.forward(h));
    h = this.norm3.forwardSilu(this.conv3.forward(h));
    h = this.norm4.forwardSilu(this.conv4.forward(h));
    return this.projection.forward(reshape(h, [h.dim(0), h.size / Math.max(1, h.dim(0))]));
  }
}

/** The scorer of the header: pictures [N, 3, H, W] and captions → how well they fit. */
export class TextImageScorer extends Module {
  readonly config: TextImageScorerConfig;
  readonly image_encoder: ImageEncoder;
  readonly text_encoder: TextEncoder;
  readonly text_projection: Linear;
  /** [1], the logarithm of the inverse temperature */
  readonly logit_scale: Parameter;

  constructor(params: Params, config: TextImageScorerConfig) {
    super();
    this.config = config;
    this.image_encoder = new ImageEncoder(params.at("image_encoder"), config);
    this.text_encoder = new TextEncoder(params.at("text_encoder"), config.text);
    this.text_projection = new Linear(params.at("text_projection"), {
      in: config.text.hidden_size,
      out: config.projection_dim,
      bias: false,
    });
    this.logit_scale = params.parameter("logit_scale", [1], { constant: FIRST_SCALE });
  }

  /** r(x, c): images [N, 3, H, W] in [−1, 1] and N captions → [N]. Differentiable in the images. */
  score(images: Tensor, tokens: Tokens): Tensor {
    return sum(mul(this.embedImages(images), this.embedTexts(images, tokens)), { axes: -1 });
  }

  /** images [N, 3, H, W] and M captions → [N, M]: each picture against each caption. */
  logits(images: Tensor, tokens: Tokens): Tensor {
    const u = this.embedImages(images);
    const cosines = matmul(u, this.embedTexts(images, tokens), { transposeB: true });
    return mul(cosines, exp(minimum(this.logit_scale.value, LARGEST_SCALE)));
  }

  private embedImages(images: Tensor): Tensor {
    return onSphere(this.image_encoder.forward(images));
  }

  private embedTexts({ device }: Tensor, tokens: Tokens): Tensor {
    return onSphere(this.text_projection.forward(this.text_encoder.forward(device, tokens).pooled));
  }
}

/** x [N, D] → x / ‖x‖ */
function onSphere(x: Tensor): Tensor {
  return mul(x, rsqrt(add(sum(square(x), { axes: -1, keepDims: true }), 1e-12)));
}
