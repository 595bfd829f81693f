/**
 * Reads subject, background and style off a picture, for reports alone: nothing is ever trained
 * against it, so that what it says of a model was not what the model was pushed towards.
 *
 *     h_k = silu(norm_k(conv_k h_{k−1})),   f = gelu(hidden(mean of h₃ over places))
 *     subject = W_s f,   background = W_b f,   style = W_y f                       (logits)
 *
 * It shares neither architecture nor data nor seed with the reward (text-image-scorer.ts): strided
 * convolutions over pixels, features averaged over places, no text. About 6 MFLOP a picture.
 */
import { Conv2d, GroupNorm, Linear, Module, type Params } from "../../nn/index.js";
import { mean } from "../../ops/mean.js";
import { gelu } from "../../ops/unary.js";
import type { Tensor } from "../../tensor/tensor.js";

/** Sizes of the classifier; they are the file's metadata. */
export interface ReportScorerConfig {
  /** Channels of the three convolutions, each of which halves the picture. */
  readonly channels: readonly [number, number, number];
  readonly norm_num_groups: number;
  readonly hidden_size: number;
  /** How many classes each head tells apart. */
  readonly subjects: number;
  readonly backgrounds: number;
  readonly styles: number;
}

/** What the project reports with; the numbers of classes come from the data. */
export function reportConfig(
  classes: Pick<ReportScorerConfig, "subjects" | "backgrounds" | "styles">,
): ReportScorerConfig {
  return { channels: [32, 64, 128], norm_num_groups: 4, hidden_size: 128, ...classes };
}

/** Logits: [N, subjects], [N, backgrounds], [N, styles]. */
export interface AttributeLogits {
  readonly subject: Tensor;
  readonly background: Tensor;
  readonly style: Tensor;
}

/**
 * The classifier of the header: pictures [N, 3, H, W] → logits of subject, background and style.
 */
export class ReportScorer extends Module {
  readonly config: ReportScorerConfig;
  readonly conv1: Conv2d;
  readonly norm1: GroupNorm;
  readonly conv2: Conv2d;
  readonly norm2: GroupNorm;
  readonly conv3: Conv2d;
  readonly norm3: GroupNorm;
  readonly hidden: Linear;
  readonly subject_head: Linear;
  readonly background_head: Linear;
  readonly style_head: Linear;

  constructor(params: Params, config: ReportScorerConfig) {
    super();
    this.config = config;
    const [a, b, c] = config.channels;
    const halving = (name: string, from: number, out: number, kernel: number): Conv2d =>
      new Conv2d(params.at(name), { in: from, out, kernel, stride: 2, padding: (kernel - 1) / 2 });
    const groups = config.norm_num_groups;
    const norm = (name: string, channels: number): GroupNorm =>
      new GroupNorm(params.at(name), { groups, channels });
    const head = (name: string, out: number): Linear =>
      new Linear(params.at(name), { in: config.hidden_size, out });
    this.conv1 = halving("conv1", 3, a, 5);
    this.norm1 = norm("norm1", a);
    this.conv2 = halving("conv2", a, b, 3);
    this.norm2 = norm("norm2", b);
    this.conv3 = halving("conv3", b, c, 3);
    this.norm3 = norm("norm3", c);
    this.hidden = new Linear(params.at("hidden"), { in: c, out: config.hidden_size });
    this.subject_head = head("subject_head", config.subjects);
    this.background_head = head("background_head", config.backgrounds);
    this.style_head = head("style_head", config.styles);
  }

  /** images [N, 3, H, W] in [−1, 1] → f of the header, [N, hidden_size] */
  features(images: Tensor): Tensor {
    const h1 = this.norm1.forwardSilu(this.conv1.forward(images));
    const h2 = this.norm2.forwardSilu(this.conv2.forward(h1));
    const h3 = this.norm3.forwardSilu(this.conv3.forward(h2));
    return gelu(this.hidden.forward(mean(h3, { axes: [2, 3] })));
  }

  /** images [N, 3, H, W] in [−1, 1] → logits of each attribute */
  forward(images: Tensor): AttributeLogits {
    const features = this.features(images);
    return {
      subject: this.subject_head.forward(features),
      background: this.background_head.forward(features),
      style: this.style_head.forward(features),
    };
  }
}
