/** The ops: one line for each file. */
export { argmax, argmin } from "./arg-max.js";
export { type AttentionOptions, attention } from "./attention.js";
export { type AvgPoolOptions, avgPool2d } from "./avg-pool.js";
export { add, div, isGreater, maximum, minimum, mul, pow, sub, xlogy } from "./binary.js";
export { cast } from "./cast.js";
export { randomCategorical } from "./categorical.js";
export { type ClampOptions, clamp } from "./clamp.js";
export {
  equal,
  greater,
  greaterEqual,
  isFinite,
  isNaN,
  less,
  lessEqual,
  notEqual,
} from "./comparison.js";
export { concat } from "./concat.js";
export { type ConvTranspose2dOptions, convTranspose2d } from "./conv-transpose2d.js";
export {
  type Conv2dOptions,
  conv2d,
  conv2dInputGrad,
  conv2dWeightGrad,
} from "./conv2d.js";
export { crossEntropy } from "./cross-entropy.js";
export { type CumsumOptions, cumsum } from "./cumsum.js";
export { einsum } from "./einsum.js";
export { embedding } from "./embedding.js";
export { expand } from "./expand.js";
export { flip } from "./flip.js";
export { type ElementFunction, type Fused, fuse } from "./fuse.js";
export { gather, type ScatterAddOptions, scatterAdd } from "./gather.js";
export { geglu } from "./geglu.js";
export { type GroupNormOptions, groupNorm, groupNormSilu } from "./group-norm.js";
export { indexAdd, indexSelect } from "./index-select.js";
export { type LayerNormOptions, layerNorm } from "./layer-norm.js";
export { linear } from "./linear.js";
export { type LogSoftmaxOptions, logSoftmax } from "./log-softmax.js";
export {
  type LogicalFunction,
  logicalAnd,
  logicalNot,
  logicalOr,
  logicalXor,
} from "./logical.js";
export { logsumexp } from "./logsumexp.js";
export { type MatmulOptions, matmul } from "./matmul.js";
export { max } from "./max.js";
export { type MaxPoolOptions, maxPool2d } from "./max-pool.js";
export { mean } from "./mean.js";
export { min } from "./min.js";
export { oneHot } from "./one-hot.js";
export { type PadOptions, type PadWidth, pad } from "./pad.js";
export { permute, transpose } from "./permute.js";
export { prod } from "./prod.js";
export {
  type RandomKey,
  randomBernoulli,
  randomBits,
  randomNormal,
  randomPermutation,
  randomUniform,
} from "./random.js";
export { reshape } from "./reshape.js";
export { type PictureSize, resizeBilinear2d, resizeNearest2d } from "./resize.js";
export { type RmsNormOptions, rmsNorm } from "./rms-norm.js";
export type { Conv2dAttrs } from "./shared/conv2d-geometry.js";
export {
  type BinaryFunction,
  type BinaryRow,
  defineBinary,
  definePredicate,
  defineRelation,
  defineUnary,
  type Operand,
  type TruthRow,
  type UnaryFunction,
  type UnaryRow,
} from "./shared/elementwise.js";
export { chunk, type PadAxisOptions, padAxis, type SliceOptions, slice } from "./slice.js";
export { type SoftmaxOptions, softmax } from "./softmax.js";
export {
  argsort,
  type Sorted,
  type SortOptions,
  sort,
  type TopKOptions,
  topK,
} from "./sort.js";
export { split } from "./split.js";
export { squeeze, unsqueeze } from "./squeeze.js";
export { stack } from "./stack.js";
export { type ReduceOptions, sum } from "./sum.js";
export { sumSquares, totalSumSquares } from "./sum-squares.js";
export {
  abs,
  ceil,
  cos,
  erf,
  exp,
  expm1,
  floor,
  gelu,
  geluTanh,
  leakyRelu,
  log,
  log1p,
  neg,
  reciprocal,
  relu,
  round,
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
export { type VarianceOptions, variance } from "./variance.js";
export { where } from "./where.js";
