/**
 * Hitofude for a browser, and for every other place with WebGPU: no file reachable from here
 * imports anything of Node. Under Node import "hitofude/node", which adds files and adapters.
 *
 * @module
 */
export * from "./alignment/index.js";
export * from "./autograd/index.js";
export * as data from "./data/index.js";
export * from "./device/index.js";
export * from "./diffusion/index.js";
export * from "./divergences/index.js";
export * from "./errors.js";
export * as evaluation from "./evaluation/index.js";
export * from "./io/index.js";
export * from "./models/index.js";
export * from "./nn/index.js";
export * from "./ops/index.js";
export { type TuneOptions, tuneKernels } from "./ops/shared/tune.js";
export * from "./optim/index.js";
export * from "./pipeline/index.js";
export * as preference from "./preference/index.js";
export * from "./shaders/index.js";
export * from "./tensor/index.js";
