/** Networks, and the fixed autoencoder. */
export { type BlockDctConfig, latentChannels } from "./autoencoder/block-dct.js";
export { depthToSpace, spaceToDepth } from "./autoencoder/space-to-depth.js";
export {
  type AttributeLogits,
  ReportScorer,
  type ReportScorerConfig,
  TextImageScorer,
  type TextImageScorerConfig,
} from "./reward/index.js";
export {
  emptyCondition,
  TextEncoder,
  type TextEncoderConfig,
  type TokenBatch,
  type Tokens,
  type TokenTensors,
  type TokenValues,
  tokenValues,
} from "./text/text-encoder.js";
export type { DownBlockType, UpBlockType } from "./unet/config.js";
export {
  type Condition,
  type Context,
  sdxlUNet,
  UNet2DConditionModel,
  type UNetConfig,
} from "./unet/index.js";
