/**
 * A text-to-picture model: a text encoder, a UNet denoiser, and what turns pictures into the
 * tensors the UNet works on. The same weights serve in two ways:
 *
 *     many steps     Heun's method with guidance on D
 *     one step       x₀ = D(σ_init z; σ_init, c),      z ~ N(0, I)
 */
import type { Device } from "../device/types.js";
import { type Denoiser, edmDenoiser, type Sigmas } from "../diffusion/edm.js";
import { guided } from "../diffusion/guidance.js";
import { karrasSigmas } from "../diffusion/noise-levels.js";
import { sampleHeun } from "../diffusion/samplers.js";
import { type BlockDctConfig, decode, encode } from "../models/autoencoder/block-dct.js";
import {
  emptyCondition,
  TextEncoder,
  type TextEncoderConfig,
  type Tokens,
} from "../models/text/text-encoder.js";
import { type Condition, UNet2DConditionModel, type UNetConfig } from "../models/unet/index.js";
import type { Params } from "../nn/index.js";
import { mul } from "../ops/binary.js";
import { type RandomKey, randomNormal } from "../ops/random.js";
import { tensor } from "../tensor/create.js";
import type { Tensor } from "../tensor/tensor.js";

export interface TextToImageConfig extends BlockDctConfig {
  readonly unet: UNetConfig;
  readonly text_encoder: TextEncoderConfig;
  /** Standard deviation of the data, σ_d. */
  readonly sigma_data: number;
  readonly sigma_min: number;
  readonly sigma_max: number;
  /** The noise level at which one evaluation makes a picture. */
  readonly sigma_init: number;
}

/** Numbers about a picture, as SDXL counts them: `Condition.time_ids`. */
export const TIME_IDS = 6;

/** A whole model: captions → conditions → latents → pictures. */
export class TextToImage {
  readonly config: TextToImageConfig;
  readonly text_encoder: TextEncoder;
  readonly unet: UNet2DConditionModel;
  readonly denoiser: Denoiser<Sigmas>;

  constructor(text_encoder: TextEncoder, unet: UNet2DConditionModel, config: TextToImageConfig) {
    this.config = config;
    this.text_encoder = text_encoder;
    this.unet = unet;
    this.denoiser = edmDenoiser(unet, config.sigma_data);
  }

  /** Reads `text_encoder.*` and `unet.*` from `params`. */
  static build(params: Params, config: TextToImageConfig): TextToImage {
    const text_encoder = new TextEncoder(params.at("text_encoder"), config.text_encoder);
    const unet = new UNet2DConditionModel(params.at("unet"), config.unet);
    return new TextToImage(text_encoder, unet, config);
  }

  /** Standard normal noise for n pictures, in the UNet's shape. */
  noise(device: Device, key: RandomKey, n: number): Tensor {
    const { in_channels, sample_size } = this.config.unet;
    return randomNormal(device, key, [n, in_channels, sample_size, sample_size]);
  }

  /**
   * Tokens [n, length] → what the UNet is conditioned on; rows with `dropped` true get the empty
   * one.
   */
  condition(device: Device, tokens: Tokens, dropped?: readonly boolean[]): Condition {
    return this.sized(device, tokens, this.text_encoder.forward(device, tokens, dropped));
  }

  /** The empty condition ∅ of n captions, for guidance. */
  empty(device: Device, tokens: Tokens): Condition {
    const { n, length } = tokens;
    const width = this.config.text_encoder.hidden_size;
    return this.sized(device, tokens, emptyCondition(device, n, length, width));
  }

  /** A UNet with "text_time" is told that its pictures are whole, and of their own size. */
  private sized(device: Device, { n }: Tokens, condition: Condition): Condition {
    const { unet, block } = this.config;
    if ((unet.addition_embed_type ?? null) === null) return condition;
    const side = unet.sample_size * block;
    const row = [side, side, 0, 0, side, side];
    const ids = Array.from({ length: n }, () => row).flat();
    return { ...condition, time_ids: tensor(device, ids, [n, TIME_IDS], { label: "time ids" }) };
  }

  /** Pictures [N, 3, H, W] → what the UNet sees. */
  encode(pictures: Tensor): Tensor {
    return encode(pictures, this.config);
  }

  /** What the UNet gives → pictures [N, 3, H, W] in [-1, 1] (not clamped). */
  decode(latents: Tensor): Tensor {
    return decode(latents, this.config);
  }

  /** One evaluation: z [N, …] → x₀ [N, …] (latents). */
  oneStep(z: Tensor, condition: Condition): Tensor {
    const { sigma_init } = this.config;
    const sigma = Array<number>(z.dim(0)).fill(sigma_init);
    return this.denoiser(mul(z, sigma_init), sigma, condition);
  }

  /** Heun with guidance g = 1 + α_cfg: z → x₀ (latents); 2·steps − 1 evaluations, twice guided. */
  manySteps(
    z: Tensor,
    tokens: Tokens,
    options: {
      readonly steps: number;
      readonly alpha_cfg: number;
      readonly onStep?: (done: number) => void;
    },
  ): Tensor {
    const { steps, alpha_cfg, onStep } = options;
    const condition = this.condition(z.device, tokens);
    const denoiser = guided(this.denoiser, this.empty(z.device, tokens), alpha_cfg);
    const sigmas = karrasSigmas(steps, this.config);
    return sampleHeun(denoiser, z, { sigmas, condition, ...(onStep ? { onStep } : {}) });
  }
}
