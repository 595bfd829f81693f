/**
 * Phase 2 of Diff-Instruct*: one draw of the generator's loss. Weights of assistant, reference and
 * reward are frozen; gradient flows through x_t into the inputs of both score networks.
 *
 *     L(θ) = E[ −α_rew r(x₀, c) + w(σ) · D-loss(psi = D_ψ, ref = D̃_ref, target = x₀) / D ]
 *
 *     IN    D̃_ref = D_c + α_cfg (D_c − D_∅)
 *     OUT   D̃_ref = D_c, and the term  −α_cfg w(σ) ⟨sg[D_c − D_∅], x_t⟩ / D
 *     tilt  no term of r; instead  D̃_ref + σ² α_rew ∇_{x_t} r( decode D̃_ref(x_t), c )   (DIDR)
 *
 * Fields are x₀-predictions; D is the number of elements of a sample, which keeps the divergence
 * at the scale of one element whatever the size of the picture.
 */
import { stopGradient } from "../autograd/grad.js";
import type { Device } from "../device/types.js";
import { type Denoiser, diffuse, type Sigmas } from "../diffusion/edm.js";
import {
  type Divergence,
  dot,
  type Guidance,
  type ObjectiveWeights,
  objectiveLoss,
  objectiveWeights,
  type Tilt,
  type Weighting,
} from "../divergences/index.js";
import { UsageError } from "../errors.js";
import type { Tokens } from "../models/text/text-encoder.js";
import type { Condition } from "../models/unet/index.js";
import { mul, sub } from "../ops/binary.js";
import { mean } from "../ops/mean.js";
import { sqrt } from "../ops/unary.js";
import type { TextToImage } from "../pipeline/text-to-image.js";
import type { Tensor } from "../tensor/tensor.js";

/**
 * r: pictures [N, 3, H, W] and their captions → [N]; differentiable in the pictures. The trainer
 * records what it does: captions come as tensors, and nothing may be decided by their values.
 */
export type Reward = (pictures: Tensor, tokens: Tokens) => Tensor;

/** Which divergence, in which weighting, and how strong guidance (α_cfg) and reward (α_rew) are. */
export interface GeneratorLossOptions {
  readonly divergence: Divergence;
  readonly weighting: Weighting;
  readonly guidance: Guidance;
  readonly alpha_cfg: number;
  readonly alpha_rew: number;
  /** The reward tilts the reference, and has no term of its own. Default: false. */
  readonly tilt?: boolean;
  readonly reward?: Reward | undefined;
}

/** Everything random or given of one draw. */
export interface GeneratorDraw {
  readonly device: Device;
  readonly tokens: Tokens;
  readonly condition: Condition;
  readonly empty: Condition;
  /** z ~ N(0, I) */
  readonly z: Tensor;
  readonly sigma: Sigmas;
  /** w(σ) / D of each sample; needed where σ is given as tensors, see `lossWeights`. */
  readonly weights?: ObjectiveWeights<Tensor>;
  /** ε ~ N(0, I) */
  readonly noise: Tensor;
}

/** The generator that learns, the assistant that follows it, and the frozen reference. */
export interface GeneratorNetworks {
  readonly generator: TextToImage;
  readonly assistant: Denoiser<Sigmas>;
  readonly reference: Denoiser<Sigmas>;
}

/** Scalars of one draw, for the log. */
export interface GeneratorReport {
  /** Mean of ‖y‖ / √D: how far assistant and reference are apart. */
  readonly y: Tensor;
  /** Mean reward; absent without one. */
  readonly reward?: Tensor;
}

/** One draw of L(θ), one value; aux is for the report. See the header. */
export function generatorLoss(
  networks: GeneratorNetworks,
  draw: GeneratorDraw,
  options: GeneratorLossOptions,
): { loss: Tensor; aux: GeneratorReport } {
  const { sigma, noise, condition, z, tokens } = draw;
  const { generator, assistant, reference } = networks;
  const x0 = generator.oneStep(z, condition);
  const x_t = diffuse(x0, sigma, noise);
  const elements = x0.size / x0.dim(0);
  const { loss, y } = objectiveLoss(
    { ...options, units: "x₀-predictions" },
    {
      psi: (x) => assistant(x, sigma, condition),
      ref: (x) => reference(x, sigma, condition),
      empty: (x) => reference(x, sigma, draw.empty),
      target: x0,
      x_t,
      tilt: tiltOf(networks, draw, options),
    },
    weightsOf(draw, options, elements),
  );
  const divergence = mean(loss);
  const distance = mul(mean(sqrt(dot(y, y))), 1 / Math.sqrt(elements));
  const aux = { y: stopGradient(distance) };
  const { reward, alpha_rew, tilt = false } = options;
  if (!reward || alpha_rew === 0) return { loss: divergence, aux };
  const r = mean(reward(generator.decode(tilt ? stopGradient(x0) : x0), tokens));
  const total = tilt ? divergence : sub(divergence, mul(r, alpha_rew));
  return { loss: total, aux: { ...aux, reward: stopGradient(r) } };
}

/** w(σ) / D of each sample, for pictures (or latents) of D elements. */
export function lossWeights(
  sigma: readonly number[],
  options: Pick<GeneratorLossOptions, "divergence" | "weighting">,
  elements: number,
): ObjectiveWeights<number[]> {
  const { loss, guidance } = objectiveWeights({ ...options, units: "x₀-predictions" }, sigma);
  const each = (w: number): number => w / elements;
  return { loss: loss.map(each), guidance: guidance.map(each) };
}

function weightsOf(
  { sigma, weights }: GeneratorDraw,
  options: GeneratorLossOptions,
  elements: number,
): ObjectiveWeights<readonly number[] | Tensor> {
  if (weights) return weights;
  if (!("sigma_data" in sigma)) return lossWeights(sigma, options, elements);
  throw new UsageError(
    "generatorLoss: noise levels are tensors, and their weights are not given. " +
      "Make them with lossWeights, and give them as `weights`.",
  );
}

/** The reward as a tilt of the reference, where the options say so. */
function tiltOf(
  { generator }: GeneratorNetworks,
  { sigma, tokens }: GeneratorDraw,
  { tilt = false, reward, alpha_rew }: GeneratorLossOptions,
): Omit<Tilt, "units"> | undefined {
  if (!tilt || !reward) return undefined;
  return {
    reward: (x0) => reward(generator.decode(x0), tokens),
    alpha: alpha_rew,
    sigma: "sigma_data" in sigma ? sigma.sigma : sigma,
  };
}
