/**
 * Phase 1 of Diff-Instruct*: the assistant follows the generator by denoising score matching on
 * generated samples (method: x₀ = sg[g_θ(z, c)]).
 *
 *     L(ψ) = E λ(σ) ‖D_ψ(x₀ + σ ε; σ, c) − x₀‖² / D
 */
import type { Device } from "../device/types.js";
import type { Sigmas } from "../diffusion/edm.js";
import { denoisingLoss } from "../diffusion/loss.js";
import type { Tokens } from "../models/text/text-encoder.js";
import type { Parameter } from "../nn/index.js";
import { valueAndGradOf } from "../nn/index.js";
import type { TextToImage } from "../pipeline/text-to-image.js";
import type { Tensor } from "../tensor/tensor.js";

/** Everything random or given of one draw. */
export interface AssistantDraw {
  readonly device: Device;
  readonly tokens: Tokens;
  /** z ~ N(0, I), from which the generator makes x₀. */
  readonly z: Tensor;
  readonly sigma: Sigmas;
  /** ε ~ N(0, I) */
  readonly noise: Tensor;
}

/** One draw of the loss and its gradients with respect to `parameters` (the assistant's). */
export function assistantGradients(
  parameters: ReadonlyMap<string, Pick<Parameter, "value">>,
  { generator, assistant }: { readonly generator: TextToImage; readonly assistant: TextToImage },
  { device, tokens, z, sigma, noise }: AssistantDraw,
): { value: Tensor; grads: Map<string, Tensor> } {
  using scope = device.scope();
  const condition = generator.condition(device, tokens);
  const x0 = generator.oneStep(z, condition);
  const { sigma_data } = assistant.config;
  const { value, grads } = valueAndGradOf(parameters, () =>
    denoisingLoss(assistant.denoiser, { x0, sigma, noise, condition }, sigma_data),
  );
  for (const x of [value, ...grads.values()]) scope.keep(x);
  return { value, grads };
}
