/** Diffusion models: noise, preconditioning, the denoising loss, guidance, samplers. */
export {
  type Denoiser,
  diffuse,
  edmDenoiser,
  type Levels,
  type LevelTensors,
  levelValues,
  perSample,
  precondition,
  type Sigmas,
  TIME_SCALE,
} from "./edm.js";
export { guided } from "./guidance.js";
export { type DenoisingBatch, denoisingLoss } from "./loss.js";
export {
  karrasSigmas,
  type LogNormal,
  logNormalSigmas,
  logUniformSigmas,
} from "./noise-levels.js";
export { type SampleOptions, sampleHeun } from "./samplers.js";
export {
  drawSigmas,
  karras,
  logNormal,
  logUniform,
  type NoiseRange,
  smallestNoise,
  type TimeDistribution,
  type TimeFamily,
  timeDistribution,
  timeDistributions,
  uniformTime,
} from "./time-distributions.js";
