/**
 * Phase 1 of Diff-Instruct*: the assistant follows the generator by denoising score matching on
 * generated samples (method: x₀ = sg[g_θ(z, c)]).
 *
 *     L(ψ) = E λ(σ) ‖D_ψ(x₀ + σ ε; σ, c) − x₀‖² / D
 */
import type { Device } from "../device/types.js";
import { denoisingLoss } from "../diffusion/loss.js";
import { type LogNormal, logNormalSigmas } from "../diffusion/noise-levels.js";
import type { TokenBatch } from "../models/text/text-encoder.js";
import type { Parameter } from "../nn/index.js";
import { valueAndGradOf } from "../nn/index.js";
import { randomNormal } from "../ops/random.js";
import type { TextToImage } from "../pipeline/text-to-image.js";
import type { Key } from "../tensor/key.js";
import type { Tensor } from "../tensor/tensor.js";

export interface AssistantStep {
  readonly device: Device;
  readonly key: Key;
  readonly generator: TextToImage;
  readonly assistant: TextToImage;
  readonly tokens: TokenBatch;
  readonly noise: LogNormal;
}

/** One draw of the loss and its gradients with respect to `parameters` (the assistant's). */
export function assistantGradients(
  parameters: ReadonlyMap<string, Pick<Parameter, "value">>,
  step: AssistantStep,
): { value: Tensor; grads: Map<string, Tensor> } {
  const { device, key, generator, assistant, tokens, noise: levels } = step;
  using scope = device.scope();
  const condition = generator.condition(device, tokens);
  const x0 = generator.oneStep(generator.noise(device, key.fold(0), tokens.n), condition);
  const sigma = logNormalSigmas(key.fold(1), tokens.n, levels);
  const noise = randomNormal(device, key.fold(2), x0.shape);
  const { sigma_data } = assistant.config;
  const { value, grads } = valueAndGradOf(parameters, () =>
    denoisingLoss(assistant.denoiser, { x0, sigma, noise, condition }, sigma_data),
  );
  for (const x of [value, ...grads.values()]) scope.keep(x);
  return { value, grads };
}
