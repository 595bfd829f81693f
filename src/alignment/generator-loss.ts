/**
 * Phase 2 of Diff-Instruct*: one draw of the generator's loss. Weights of assistant, reference and
 * reward are frozen; gradient flows through x_t into the inputs of both score networks.
 *
 *     L(θ) = E[ −α_rew r(x₀, c) + w(σ) · D-loss(psi = D_ψ, ref = D̃_ref, target = x₀) / D ]
 *
 *     IN    D̃_ref = D_c + α_cfg (D_c − D_∅)
 *     OUT   D̃_ref = D_c, and the term  −α_cfg w(σ) ⟨sg[D_c − D_∅], x_t⟩ / D
 *
 * Fields are x₀-predictions; D is the number of elements of a sample, which keeps the divergence
 * at the scale of one element whatever the size of the picture.
 */
import { stopGradient } from "../autograd/grad.js";
import type { Device } from "../device/types.js";
import { type Denoiser, diffuse, perSample, type Sigmas } from "../diffusion/edm.js";
import { guided } from "../diffusion/guidance.js";
import { type Divergence, dot } from "../divergences/index.js";
import { UsageError } from "../errors.js";
import type { Tokens } from "../models/text/text-encoder.js";
import type { Condition } from "../models/unet/index.js";
import { add, mul, sub } from "../ops/binary.js";
import { mean } from "../ops/mean.js";
import { reshape } from "../ops/reshape.js";
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
  /** w as a weight on x₀-predictions; w = 1 here is w(t) = σ² on scores for the pseudo-Huber d. */
  readonly weight: (sigma: number) => number;
  readonly guidance: "in" | "out";
  readonly alpha_cfg: number;
  readonly alpha_rew: number;
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
  /** w(σ) / D of each sample [N]; needed where σ is given as tensors, see `lossWeights`. */
  readonly weights?: Tensor;
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
  const { sigma, noise, condition, z } = draw;
  const x0 = networks.generator.oneStep(z, condition);
  const x_t = diffuse(x0, sigma, noise);
  const { loss: perSampleLoss, y } = options.divergence.generatorLoss({
    psi: (x) => networks.assistant(x, sigma, condition),
    ref: referenceField(networks.reference, draw, options),
    target: x0,
    x_t,
  });
  const out =
    options.guidance === "out" ? outTerm(networks.reference, draw, x_t, options) : undefined;
  const sampled = out ? add(perSampleLoss, out) : perSampleLoss;
  const elements = x0.size / x0.dim(0);
  const w = perSample(sampled, weightsOf(draw, options, elements));
  const divergence = mean(mul(sampled, w));
  const distance = mul(mean(sqrt(dot(y, y))), 1 / Math.sqrt(elements));
  const aux = { y: stopGradient(distance) };
  if (!options.reward || options.alpha_rew === 0) return { loss: divergence, aux };
  const r = mean(options.reward(networks.generator.decode(x0), draw.tokens));
  const loss = sub(divergence, mul(r, options.alpha_rew));
  return { loss, aux: { ...aux, reward: stopGradient(r) } };
}

/** w(σ) / D of each sample, for pictures (or latents) of D elements. */
export function lossWeights(
  sigma: readonly number[],
  weight: GeneratorLossOptions["weight"],
  elements: number,
): number[] {
  return sigma.map((s) => weight(s) / elements);
}

function weightsOf(
  { sigma, weights }: GeneratorDraw,
  { weight }: GeneratorLossOptions,
  elements: number,
): readonly number[] | Tensor {
  if (weights) return weights;
  if (!("sigma_data" in sigma)) return lossWeights(sigma, weight, elements);
  throw new UsageError(
    "generatorLoss: noise levels are tensors, and their weights are not given. " +
      "Make them with lossWeights, and give them as `weights`.",
  );
}

function referenceField(
  reference: Denoiser<Sigmas>,
  { sigma, condition, empty }: GeneratorDraw,
  { guidance, alpha_cfg }: GeneratorLossOptions,
): (x: Tensor) => Tensor {
  const denoiser = guidance === "in" ? guided(reference, empty, alpha_cfg) : reference;
  return (x) => denoiser(x, sigma, condition);
}

/** −α_cfg ⟨sg[D_c − D_∅], x_t⟩ for each sample: guidance as an implicit reward. */
function outTerm(
  reference: Denoiser<Sigmas>,
  { sigma, condition, empty }: GeneratorDraw,
  x_t: Tensor,
  { alpha_cfg }: GeneratorLossOptions,
): Tensor | undefined {
  if (alpha_cfg === 0) return undefined;
  const x = stopGradient(x_t);
  const pull = sub(reference(x, sigma, condition), reference(x, sigma, empty));
  return reshape(mul(dot(stopGradient(pull), x_t), -alpha_cfg), [x.dim(0)]);
}
