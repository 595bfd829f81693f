/** The programs in this project's ops; on a reference device they are the float64 reference. */
import {
  add,
  attention,
  concat,
  conv2d,
  conv2dInputGrad,
  conv2dWeightGrad,
  exp,
  geglu,
  gelu,
  groupNorm,
  groupNormSilu,
  layerNorm,
  matmul,
  mul,
  permute,
  reciprocal,
  reshape,
  silu,
  softmax,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tanh,
  upsampleNearest2d,
} from "../../src/node.js";
import type { Ops } from "../problem.js";

const UNARY = { silu, gelu, tanh, exp, sqrt, square, reciprocal };
const conv = (options: { stride: number; padding: number }) => ({ groups: 1, ...options });

export const hitofudeOps: Ops<Tensor> = {
  shape: (x) => x.shape,
  add: (a, b) => add(a, b),
  sub: (a, b) => sub(a, b),
  mul: (a, b) => mul(a, b),
  unary: (name, x) => UNARY[name](x),
  sum: (x, axis) => (axis === undefined ? sum(x) : sum(x, { axes: axis })),
  softmax: (x) => softmax(x),
  matmul: (a, b, options) => matmul(a, b, options),
  linear: (x, w, b) => {
    const y = matmul(x, w, { transposeB: true });
    return b ? add(y, b) : y;
  },
  conv2d: (x, w, options, b) => conv2d(x, w, b ? { ...options, bias: b } : options),
  convInputGrad: (dy, w, x, options) => conv2dInputGrad(dy, w, x, conv(options)),
  convWeightGrad: (x, dy, w, options) => conv2dWeightGrad(x, dy, w, conv(options)),
  groupNorm: (x, weight, bias, { groups, eps, silu: both }) =>
    (both ? groupNormSilu : groupNorm)(x, { groups, eps, weight, bias }),
  layerNorm: (x, weight, bias) => layerNorm(x, { weight, bias, eps: 1e-5 }),
  attention: (q, k, v, heads, mask) => attention(q, k, v, { heads, mask }),
  geglu: (x) => geglu(x),
  addChannels: (x, v) => add(x, reshape(v, [...v.shape, 1, 1])),
  concatChannels: (a, b) => concat([a, b], 1),
  upsample: (x) => upsampleNearest2d(x, 2),
  tokens: (x) => permute(reshape(x, [x.dim(0), x.dim(1), x.dim(2) * x.dim(3)]), [0, 2, 1]),
  picture: (x, shape) => reshape(permute(x, [0, 2, 1]), shape),
};
