export { castParameters } from "./cast-parameters.js";
export { Conv2d, type Conv2dConfig } from "./conv2d.js";
export { Embedding, type EmbeddingConfig } from "./embedding.js";
export { GroupNorm, type GroupNormConfig } from "./group-norm.js";
export { LayerNorm } from "./layer-norm.js";
export { Linear, type LinearConfig } from "./linear.js";
export { joinParameters, Module, valueAndGradOf } from "./module.js";
export { Parameter } from "./parameter.js";
export {
  buildModel,
  countParams,
  type Init,
  initParams,
  type LoadedParams,
  loadParams,
  type Params,
  parameterCount,
  type StoredTensor,
  type StreamedParams,
  type StreamOptions,
  streamParams,
  type TensorSource,
} from "./params.js";
export { chain, scoped } from "./scoped.js";
