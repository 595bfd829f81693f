export type { UNetConfig } from "./config.js";
export { sdxlUNet } from "./sdxl.js";
export type { Context } from "./transformer-2d-model.js";
export { type Condition, UNet2DConditionModel } from "./unet-2d-condition-model.js";
