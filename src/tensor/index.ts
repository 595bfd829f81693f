/** Tensors, their making, shapes, and keys of random numbers. */
export {
  CapturedStep,
  type CaptureOptions,
  capture,
  type StepInputs,
  type StepTensors,
} from "./capture.js";
export {
  type CreateOptions,
  full,
  ones,
  scalar,
  tensor,
  type Values,
  write,
  zeros,
} from "./create.js";
export type { Dtype, TensorData } from "./dtype.js";
export { Key } from "./key.js";
export { NdArray } from "./ndarray.js";
export {
  broadcastShapes,
  normalizeAxes,
  normalizeAxis,
  reducedShape,
  type Shape,
  sameShape,
  showShape,
  sizeOf,
  stridesOf,
} from "./shape.js";
export { type ShowOptions, show } from "./show.js";
export { type TapeHandle, Tensor, type TensorSpec } from "./tensor.js";
