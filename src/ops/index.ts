/** The ops: one line for each file. */
export { type AttentionOptions, attention } from "./attention.js";
export { avgPool2d } from "./avg-pool.js";
export { add, div, isGreater, maximum, minimum, mul, pow, sub, xlogy } from "./binary.js";
export { concat } from "./concat.js";
export {
  type Conv2dOptions,
  conv2d,
  conv2dInputGrad,
  conv2dWeightGrad,
} from "./conv2d.js";
export type { Conv2dAttrs } from "./conv2d-geometry.js";
export { crossEntropy } from "./cross-entropy.js";
export {
  type BinaryFunction,
  type BinaryRow,
  defineBinary,
  defineUnary,
  type Operand,
  type UnaryFunction,
  type UnaryRow,
} from "./elementwise.js";
export { embedding } from "./embedding.js";
export { geglu } from "./geglu.js";
export { type GroupNormOptions, groupNorm, groupNormSilu } from "./group-norm.js";
export { type LayerNormOptions, layerNorm } from "./layer-norm.js";
export { type MatmulOptions, matmul } from "./matmul.js";
export { max } from "./max.js";
export { mean } from "./mean.js";
export { permute, transpose } from "./permute.js";
export { randomNormal, randomUniform } from "./random.js";
export { reshape } from "./reshape.js";
export { chunk, type PadAxisOptions, padAxis, type SliceOptions, slice } from "./slice.js";
export { softmax } from "./softmax.js";
export { type ReduceOptions, sum } from "./sum.js";
export { sumSquares, totalSumSquares } from "./sum-squares.js";
export {
  abs,
  cos,
  exp,
  gelu,
  log,
  neg,
  reciprocal,
  relu,
  rsqrt,
  sigmoid,
  sign,
  silu,
  sin,
  softplus,
  sqrt,
  square,
  tanh,
} from "./unary.js";
export { upsampleNearest2d } from "./upsample.js";
