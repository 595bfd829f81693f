/**
 * Group normalisation (Wu and He, 2018), and the same followed by SiLU in one kernel.
 *
 *     x̂ = (x − mean x) / √(var x + eps)      mean and variance over one group of channels, all pixels
 *     y = a(weight x̂ + bias)                 a(z) = z, or silu(z) = z / (1 + exp(−z))
 *
 * With u = a'(weight x̂ + bias) dy, g = weight u, and means over the group:
 *
 *     dx = (g − mean g − x̂ mean(g x̂)) / √(var x + eps)      dweight = Σ u x̂      dbias = Σ u
 *
 * The backward kernels compute the statistics anew: a group lies in the cache, and nothing is saved.
 */
import { composedVjp } from "../autograd/composed.js";
import { broadcastTo } from "../autograd/cotangent.js";
import { defineOp } from "../autograd/define-op.js";
import { vjp } from "../autograd/grad.js";
import { ShapeError } from "../errors.js";
import { kernel } from "../shaders/kernel.js";
import { FLOATS } from "../tensor/dtype.js";
import { NdArray } from "../tensor/ndarray.js";
import { type Shape, showShape, sizeOf } from "../tensor/shape.js";
import type { Tensor, TensorSpec } from "../tensor/tensor.js";
import { add, mul, sub } from "./binary.js";
import { concat } from "./concat.js";
import { reshape } from "./reshape.js";
import { rowThreads } from "./shared/row-threads.js";
import { slice } from "./slice.js";
import { sum } from "./sum.js";
import { rsqrt, silu, square } from "./unary.js";

/** `groups` divides C; `eps` is added to the variance. */
export interface GroupNormOptions {
  readonly groups: number;
  readonly eps: number;
  /** [C] */
  readonly weight: Tensor;
  /** [C] */
  readonly bias: Tensor;
}

interface Attrs {
  readonly groups: number;
  readonly eps: number;
  readonly silu: boolean;
}

const PARAMS = {
  groups: "u32",
  per_picture: "u32",
  channels: "u32",
  pixels: "u32",
  eps: "f32",
} as const;

/** A kernel by elements, and one by fours. */
const forward = [kernel("group_norm.scalar", PARAMS), kernel("group_norm.vec4", PARAMS)] as const;
const gradient = [
  kernel("group_norm.grad.scalar", PARAMS),
  kernel("group_norm.grad.vec4", PARAMS),
] as const;
const affineGradient = [
  kernel("group_norm.grad_affine.scalar", PARAMS),
  kernel("group_norm.grad_affine.vec4", PARAMS),
] as const;

const op = defineOp({
  name: "groupNorm",
  inputs: ["x", "weight", "bias"],
  elements: FLOATS,
  saves: ["x", "weight", "bias"],
  infer: ({ x, weight, bias }, attrs: Attrs) => checkShapes(x, weight, bias, attrs),
  gpu: ({ x, weight, bias }, out, attrs) => run(forward, [x, weight, bias, out], attrs),
  reference: ({ x, weight, bias }, attrs) => {
    const { xhat, channel } = normalized(x, attrs);
    return x.map((_, i) => {
      const z = weight.flat(channel(i)) * xhat.flat(i) + bias.flat(channel(i));
      return attrs.silu ? z / (1 + Math.exp(-z)) : z;
    });
  },
  vjp: ({ x, weight, bias }, dy, attrs) => {
    let cached: Tensor | undefined;
    const affine = (i: number): Tensor => {
      cached ??= sum(groupNormAffineGrad({ x, weight, bias, dy }, attrs), { axes: 0 });
      return reshape(slice(cached, { axis: 1, start: i, end: i + 1 }), bias.shape);
    };
    return {
      x: () => groupNormGrad({ x, weight, bias, dy }, attrs),
      weight: () => affine(1),
      bias: () => affine(0),
    };
  },
});

/**
 * x [N, C, ...] → the same shape: each group of C / groups channels with mean 0 and variance 1.
 * @throws ShapeError when the groups do not divide C, or weight or bias are not [C].
 */
export function groupNorm(x: Tensor, { groups, eps, weight, bias }: GroupNormOptions): Tensor {
  return op({ x, weight, bias }, { groups, eps, silu: false });
}

/**
 * silu(groupNorm(x)), in one kernel.
 * @throws ShapeError as groupNorm.
 */
export function groupNormSilu(x: Tensor, { groups, eps, weight, bias }: GroupNormOptions): Tensor {
  return op({ x, weight, bias }, { groups, eps, silu: true });
}

/** → dx */
const groupNormGrad = defineOp({
  name: "groupNormGrad",
  inputs: ["x", "weight", "bias", "dy"],
  saves: ["x", "weight", "bias", "dy"],
  infer: ({ x }, _: Attrs) => x.shape,
  gpu: ({ x, weight, bias, dy }, out, attrs) => run(gradient, [x, weight, bias, dy, out], attrs),
  reference: ({ x, weight, bias, dy }, attrs) => {
    const { xhat, rstd, channel, size } = normalized(x, attrs);
    const u = beforeActivation({ xhat, weight, bias, dy }, channel, attrs);
    const g = u.map((v, i) => v * weight.flat(channel(i)));
    const means = groupMeans(g, size);
    const along = groupMeans(
      g.map((v, i) => v * xhat.flat(i)),
      size,
    );
    return g.map((v, i) => {
      const k = Math.floor(i / size);
      return rstd.flat(k) * (v - means.flat(k) - xhat.flat(i) * along.flat(k));
    });
  },
  vjp: ({ x, weight, bias, dy }, g, attrs) =>
    composedVjp({ x, weight, bias, dy }, g, (t) => composedGrads(t, attrs).dx),
});

/** → [N, C, 2]: the gradients of bias and of weight, for each picture. */
const groupNormAffineGrad = defineOp({
  name: "groupNormAffineGrad",
  inputs: ["x", "weight", "bias", "dy"],
  saves: ["x", "weight", "bias", "dy"],
  infer: ({ x }, _: Attrs) => [x.shape[0] ?? 1, x.shape[1] ?? 1, 2],
  gpu: ({ x, weight, bias, dy }, out, attrs) =>
    run(affineGradient, [x, weight, bias, dy, out], attrs),
  reference: ({ x, weight, bias, dy }, attrs, { shape }) => {
    const { xhat, channel } = normalized(x, attrs);
    const u = beforeActivation({ xhat, weight, bias, dy }, channel, attrs);
    const out = new NdArray(shape);
    const pixels = sizeOf(x.shape.slice(2));
    u.data.forEach((v, i) => {
      const at = 2 * Math.floor(i / pixels);
      out.data[at] = out.flat(at) + v;
      out.data[at + 1] = out.flat(at + 1) + v * xhat.flat(i);
    });
    return out;
  },
  vjp: ({ x, weight, bias, dy }, g, attrs) =>
    composedVjp({ x, weight, bias, dy }, g, (t) => composedGrads(t, attrs).affine),
});

/** The gradients by ops, for derivatives of higher order: affine is [N, C, 2], bias first. */
function composedGrads(
  { x, weight, bias, dy }: { readonly [K in "x" | "weight" | "bias" | "dy"]: Tensor },
  { groups, eps, silu: activated }: Attrs,
): { readonly dx: Tensor; readonly affine: Tensor } {
  const [n = 1, c = 1, ...rest] = x.shape;
  const size = (c / groups) * sizeOf(rest);
  const average = (t: Tensor): Tensor => mul(sum(t, { axes: -1, keepDims: true }), 1 / size);
  const perPicture = (t: Tensor): Tensor => broadcastTo(reshape(t, [c, 1]), [n, c, 1]);
  const y = (t: Tensor, scale: Tensor, shift: Tensor): Tensor => {
    const rows = reshape(t, [n, groups, size]);
    const centred = sub(rows, average(rows));
    const xhat = mul(centred, rsqrt(add(average(square(centred)), eps)));
    const z = add(mul(reshape(xhat, [n, c, sizeOf(rest)]), scale), shift);
    return reshape(activated ? silu(z) : z, x.shape);
  };
  const { pullback } = vjp(y, x, perPicture(weight), perPicture(bias));
  const [dx = x, dweight = x, dbias = x] = pullback(dy);
  return { dx, affine: concat([dbias, dweight], 2) };
}

type Kernels = readonly [
  ReturnType<typeof kernel<typeof PARAMS>>,
  ReturnType<typeof kernel<typeof PARAMS>>,
];

function run([byOnes, byFours]: Kernels, tensors: [Tensor, ...Tensor[]], attrs: Attrs): void {
  const [x] = tensors;
  const [n = 1, c = 1, ...rest] = x.shape;
  const pixels = sizeOf(rest);
  const lanes = pixels % 4 === 0 ? 4 : 1;
  const groups = n * attrs.groups;
  const params = {
    groups,
    per_picture: attrs.groups,
    channels: c / attrs.groups,
    pixels: pixels / lanes,
    eps: attrs.eps,
  };
  const launch = lanes === 4 ? byFours : byOnes;
  const threads = rowThreads(params.channels * params.pixels, x.gpu.device);
  const overrides = { SILU: Number(attrs.silu), THREADS: threads, WORKGROUP: threads };
  launch({ tensors, params, groups, overrides });
}

function checkShapes(
  x: TensorSpec,
  weight: TensorSpec,
  bias: TensorSpec,
  { groups }: Attrs,
): Shape {
  const c = x.shape[1];
  if (c === undefined) {
    throw new ShapeError(
      `groupNorm: x ${showShape(x.shape)} has rank ${x.shape.length}, expected at least 2. ` +
        "Give x as [N, C, ...].",
    );
  }
  if (!Number.isInteger(groups) || groups < 1 || c % groups !== 0) {
    throw new ShapeError(
      `groupNorm: ${c} channels do not split into ${groups} groups (x is ${showShape(x.shape)}). ` +
        "Choose a number of groups that divides the channels.",
    );
  }
  for (const [name, { shape }] of Object.entries({ weight, bias })) {
    if (shape.length === 1 && shape[0] === c) continue;
    throw new ShapeError(
      `groupNorm: ${name} is ${showShape(shape)}, but x ${showShape(x.shape)} has ${c} channels. ` +
        `Give ${name} as [${c}].`,
    );
  }
  return x.shape;
}

/** x̂, 1 / √(var + eps) of each group, the channel of an element, and the elements of a group. */
function normalized(x: NdArray, { groups, eps }: Attrs) {
  const [, c = 1, ...rest] = x.shape;
  const pixels = sizeOf(rest);
  const size = (c / groups) * pixels;
  const of = (i: number): number => Math.floor(i / size);
  const mean = groupMeans(x, size);
  const centred = x.map((v, i) => v - mean.flat(of(i)));
  const rstd = groupMeans(
    centred.map((v) => v * v),
    size,
  ).map((v) => 1 / Math.sqrt(v + eps));
  const xhat = centred.map((v, i) => v * rstd.flat(of(i)));
  return { xhat, rstd, size, channel: (i: number) => Math.floor(i / pixels) % c };
}

function groupMeans(x: NdArray, size: number): NdArray {
  const out = new NdArray([size === 0 ? 0 : x.size / size]);
  x.data.forEach((v, i) => {
    const k = Math.floor(i / size);
    out.data[k] = out.flat(k) + v / size;
  });
  return out;
}

function beforeActivation(
  { xhat, weight, bias, dy }: { readonly [K in "xhat" | "weight" | "bias" | "dy"]: NdArray },
  channel: (i: number) => number,
  { silu }: Attrs,
): NdArray {
  if (!silu) return dy;
  return dy.map((v, i) => {
    const z = weight.flat(channel(i)) * xhat.flat(i) + bias.flat(channel(i));
    const s = 1 / (1 + Math.exp(-z));
    return v * s * (1 + z * (1 - s));
  });
}
