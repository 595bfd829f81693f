/** Generators and assistants of all models b = (α, seed) of an arm, b = a · seeds + s. */
import type { Device } from "../../device/types.js";
import type { Params } from "../../nn/params.js";
import { add, div, mul } from "../../ops/binary.js";
import { expand } from "../../ops/expand.js";
import { type Fused, fuse } from "../../ops/fuse.js";
import { reshape } from "../../ops/reshape.js";
import { sqrt } from "../../ops/unary.js";
import type { Tensor } from "../../tensor/tensor.js";
import { MixtureFields } from "./mixture.js";
import {
  ASSISTANT_INPUTS,
  assistantFeatures,
  GENERATOR_INPUTS,
  Generator,
  generatorFeatures,
  Mlp,
} from "./networks.js";
import type { Problem } from "./problem.js";

export interface CastSizes {
  /** How many α; every seed has a model for each. */
  readonly alphas: number;
  readonly seeds: number;
  readonly hidden: number;
  readonly layers: number;
}

export class Cast {
  readonly generator: Generator;
  readonly assistant: Mlp;
  readonly models: number;
  private readonly sizes: CastSizes;
  private readonly fields: MixtureFields;
  private readonly corrected: Fused;
  private readonly features: ReturnType<typeof assistantFeatures>;

  constructor(device: Device, params: Params, problem: Problem, sizes: CastSizes) {
    const { alphas, seeds, hidden, layers } = sizes;
    const models = alphas * seeds;
    const size = { models, hidden, layers };
    const { spread } = problem;
    this.generator = new Generator(params.at("generator"), {
      ...size,
      in: GENERATOR_INPUTS,
      spread,
    });
    this.features = assistantFeatures(spread);
    this.assistant = new Mlp(params.at("assistant"), {
      ...size,
      in: ASSISTANT_INPUTS,
      out: 2,
      zero: true,
    });
    this.models = models;
    this.sizes = sizes;
    this.fields = new MixtureFields(device, problem);
    this.corrected = fuse("reference and correction", (ref, raw, sigma2) =>
      add(ref, mul(raw, div(sigma2, sqrt(add(sigma2, problem.width ** 2))))),
    );
  }

  /** Something of every seed for every model: [S, N, n] → [B, N, n] */
  forModels(x: Tensor): Tensor {
    const { alphas, seeds } = this.sizes;
    const [N, n] = [x.dim(1), x.dim(2)];
    const wide = expand(reshape(x, [1, seeds, N, n]), [alphas, seeds, N, n]);
    return reshape(wide, [this.models, N, n]);
  }

  /** x₀ = g(z): [S, N, 2] → [B, N, 2] */
  generate(z: Tensor): Tensor {
    const features = this.forModels(generatorFeatures(z));
    return this.generator.forward(features);
  }

  /** f_ref: x [B·N, 2], σ² [B·N, 1] → [B·N, 2] */
  reference(x: Tensor, sigma2: Tensor): Tensor {
    return this.fields.denoised(x, sigma2);
  }

  /** f_ψ: x [B·N, 2], σ² [B·N, 1] → [B·N, 2]. The reference there may be known. */
  assisted(x: Tensor, sigma2: Tensor, reference = this.reference(x, sigma2)): Tensor {
    const { models } = this;
    const [x3, s3] = [x, sigma2].map((t) => reshape(t, [models, t.dim(0) / models, t.dim(1)]));
    if (!x3 || !s3) return x;
    const raw = this.assistant.forward(this.features(x3, s3));
    return this.corrected(reference, reshape(raw, x.shape), sigma2);
  }

  /** log q_σ of the reference: x [B·N, 2], σ² [B·N, 1] → [B·N, 1] */
  referenceLogDensity(x: Tensor, sigma2: Tensor): Tensor {
    return this.fields.logDensity(x, sigma2);
  }

  dispose(): void {
    this.generator.dispose();
    this.assistant.dispose();
    this.fields.dispose();
  }
}
