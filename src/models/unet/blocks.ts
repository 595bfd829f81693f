/**
 * The three kinds of block of the UNet: down, middle, up. With `attentions` they are diffusers'
 * CrossAttnDownBlock2D and CrossAttnUpBlock2D, without them DownBlock2D and UpBlock2D.
 */
import { chain, Module, type Params } from "../../nn/index.js";
import { concat } from "../../ops/concat.js";
import type { Tensor } from "../../tensor/tensor.js";
import { Downsample2D, Upsample2D } from "./resample-2d.js";
import { ResnetBlock2D } from "./resnet-block-2d.js";
import { type Context, Transformer2DModel } from "./transformer-2d-model.js";

export interface BlockConfig {
  readonly out: number;
  readonly time: number;
  readonly groups: number;
  readonly eps: number;
  readonly heads: number;
  /** Transformer blocks after each ResNet block; 0: none. */
  readonly transformerLayers: number;
  readonly context: number;
  /** Whether the resolution changes at the end of the block. */
  readonly resample: boolean;
}

function transformers(params: Params, config: BlockConfig, count: number): Transformer2DModel[] {
  const { out: channels, heads, transformerLayers: layers, context, groups } = config;
  const options = { channels, heads, layers, context, groups };
  return Array.from({ length: count }, (_, i) => new Transformer2DModel(params.at(i), options));
}

export class DownBlock2D extends Module {
  readonly resnets: readonly ResnetBlock2D[];
  readonly attentions?: readonly Transformer2DModel[];
  readonly downsamplers?: readonly Downsample2D[];

  constructor(
    params: Params,
    config: BlockConfig & { readonly in: number; readonly layers: number },
  ) {
    super();
    const { in: first, out, layers, transformerLayers, resample } = config;
    this.resnets = Array.from({ length: layers }, (_, i) => {
      const from = i === 0 ? first : out;
      return new ResnetBlock2D(params.at("resnets").at(i), { ...config, in: from });
    });
    if (transformerLayers > 0)
      this.attentions = transformers(params.at("attentions"), config, layers);
    if (resample) this.downsamplers = [new Downsample2D(params.at("downsamplers").at(0), out)];
  }

  /** x [N, in, H, W] → the output, and every intermediate that a skip connection takes */
  forward(x: Tensor, temb: Tensor, context: Context): { y: Tensor; skips: Tensor[] } {
    const skips: Tensor[] = [];
    let y = x;
    this.resnets.forEach((resnet, i) => {
      y = chain(
        y,
        (h) => resnet.forward(h, temb),
        (h) => this.attentions?.[i]?.forward(h, context) ?? h,
      );
      skips.push(y);
    });
    for (const downsampler of this.downsamplers ?? []) {
      y = downsampler.forward(y);
      skips.push(y);
    }
    return { y, skips };
  }
}

export class MidBlock2D extends Module {
  readonly attentions: readonly Transformer2DModel[];
  readonly resnets: readonly ResnetBlock2D[];

  constructor(params: Params, config: BlockConfig) {
    super();
    this.attentions = transformers(params.at("attentions"), config, 1);
    this.resnets = [0, 1].map(
      (i) => new ResnetBlock2D(params.at("resnets").at(i), { ...config, in: config.out }),
    );
  }

  /** x [N, C, H, W] → the same shape */
  forward(x: Tensor, temb: Tensor, context: Context): Tensor {
    return chain(
      x,
      (h) => this.resnets[0]?.forward(h, temb) ?? h,
      (h) => this.attentions[0]?.forward(h, context) ?? h,
      (h) => this.resnets[1]?.forward(h, temb) ?? h,
    );
  }
}

export class UpBlock2D extends Module {
  readonly resnets: readonly ResnetBlock2D[];
  readonly attentions?: readonly Transformer2DModel[];
  readonly upsamplers?: readonly Upsample2D[];

  /** @param config `in`: channels from below; `skips`: channels of each skip, in order of use */
  constructor(
    params: Params,
    config: BlockConfig & { readonly in: number; readonly skips: readonly number[] },
  ) {
    super();
    const { in: first, out, skips, transformerLayers, resample } = config;
    this.resnets = skips.map((skip, i) => {
      const from = (i === 0 ? first : out) + skip;
      return new ResnetBlock2D(params.at("resnets").at(i), { ...config, in: from });
    });
    if (transformerLayers > 0) {
      this.attentions = transformers(params.at("attentions"), config, skips.length);
    }
    if (resample) this.upsamplers = [new Upsample2D(params.at("upsamplers").at(0), out)];
  }

  /** x [N, in, H, W] and skips (taken from the end of the list) → [N, out, 2H, 2W] or [.., H, W] */
  forward(x: Tensor, skips: Tensor[], temb: Tensor, context: Context): Tensor {
    const layers = this.resnets.flatMap((resnet, i) => [
      (y: Tensor) => {
        const skip = skips.pop();
        return skip ? concat([y, skip], 1) : y;
      },
      (y: Tensor) => resnet.forward(y, temb),
      (y: Tensor) => this.attentions?.[i]?.forward(y, context) ?? y,
    ]);
    const up = (this.upsamplers ?? []).map((upsampler) => (y: Tensor) => upsampler.forward(y));
    return chain(x, ...layers, ...up);
  }
}
