/**
 * 2-D convolution (cross-correlation) with zero padding, stride, dilation and groups.
 *
 *     y[n, o, i, j] = bias[o] + Σ_{c, ky, kx} w[o, c, ky, kx] ·
 *                     x[n, c, i·stride + ky·dilation − padding, j·stride + kx·dilation − padding]
 *     dx            = conv2dInputGrad(dy, w)        every tap gives w · dy back to its x
 *     dw            = conv2dWeightGrad(x, dy)       every tap gives x · dy to its w
 *     dbias         = Σ_{n, i, j} dy
 *
 * The three are one trilinear form Σ y·x·w over the taps, differentiated by one of its arguments;
 * so the derivatives of the gradients are the three ops again, to any order.
 */
import { defineOp } from "../autograd/define-op.js";
import { ShapeError } from "../errors.js";
import { FLOATS } from "../tensor/dtype.js";
import { NdArray } from "../tensor/ndarray.js";
import { type Shape, sameShape, showShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import {
  type Conv2dAttrs,
  type Conv2dGeometry,
  conv2dAttrs,
  conv2dGeometry,
  forEachTap,
  outputShape,
} from "./shared/conv2d-geometry.js";
import { runForward, runInputGrad, runWeightGrad } from "./shared/conv2d-kernels.js";
import { sum } from "./sum.js";

/** Stride, padding and dilation in pixels; groups; a bias. Default: 1, 0, 1, 1, none. */
export interface Conv2dOptions extends Partial<Conv2dAttrs> {
  /** [O] */
  readonly bias?: Tensor | undefined;
}

const convolution = defineOp({
  name: "conv2d",
  inputs: ["x", "w"],
  optional: ["bias"],
  elements: FLOATS,
  saves: ["x", "w"],
  infer: ({ x, w, bias }, attrs: Conv2dAttrs) => {
    const g = conv2dGeometry("conv2d", x.shape, w.shape, attrs);
    if (bias) expectShape("conv2d", "bias", bias.shape, [g.groups * g.O]);
    return outputShape(g);
  },
  gpu: ({ x, w, bias }, out, attrs) =>
    runForward(conv2dGeometry("conv2d", x.shape, w.shape, attrs), x, w, bias, out),
  reference: ({ x, w, bias }, attrs, { shape }) => {
    const g = conv2dGeometry("conv2d", x.shape, w.shape, attrs);
    const out = NdArray.build(shape, ([, o = 0]) => bias?.flat(o) ?? 0);
    forEachTap(g, (iy, ix, iw) => {
      out.data[iy] = out.flat(iy) + x.flat(ix) * w.flat(iw);
    });
    return out;
  },
  vjp: ({ x, w, specs }, dy, attrs) => ({
    x: () => conv2dInputGrad(dy, w, specs.x.shape, attrs),
    w: () => conv2dWeightGrad(x, dy, specs.w.shape, attrs),
    bias: () => sum(dy, { axes: [0, 2, 3] }),
  }),
});

/**
 * x [N, C, H, W], w [O, C / groups, KH, KW], bias [O] → [N, O, OH, OW].
 * @throws ShapeError when channels, groups or bias do not fit, when the kernel is larger than the
 * padded picture, or when an option is no whole number.
 */
export function conv2d(x: Tensor, w: Tensor, options: Conv2dOptions = {}): Tensor {
  const { bias } = options;
  return convolution({ x, w, ...(bias && { bias }) }, conv2dAttrs(options));
}

/** What a gradient must be told: the shape of what it is the gradient of. */
interface GradAttrs extends Conv2dAttrs {
  readonly shape: Shape;
}

const inputGrad = defineOp({
  name: "conv2dInputGrad",
  inputs: ["dy", "w"],
  saves: ["dy", "w"],
  infer: ({ dy, w }, attrs: GradAttrs) => {
    inputGradGeometry(dy.shape, w.shape, attrs);
    return attrs.shape;
  },
  gpu: ({ dy, w }, out, attrs) =>
    runInputGrad(inputGradGeometry(dy.shape, w.shape, attrs), dy, w, out),
  reference: ({ dy, w }, attrs, { shape }) => {
    const out = new NdArray(shape);
    forEachTap(inputGradGeometry(dy.shape, w.shape, attrs), (iy, ix, iw) => {
      out.data[ix] = out.flat(ix) + dy.flat(iy) * w.flat(iw);
    });
    return out;
  },
  vjp: ({ dy, w, specs }, g, attrs) => ({
    dy: () => conv2d(g, w, attrs),
    w: () => conv2dWeightGrad(g, dy, specs.w.shape, attrs),
  }),
});

/**
 * dy [N, O, OH, OW], w [O, C / groups, KH, KW] → dx of `shape` [N, C, H, W].
 * @throws ShapeError when `shape` does not belong to dy and w.
 */
export function conv2dInputGrad(
  dy: Tensor,
  w: Tensor,
  shape: Shape,
  attrs: Partial<Conv2dAttrs> = {},
): Tensor {
  return inputGrad({ dy, w }, { ...conv2dAttrs(attrs), shape });
}

const weightGrad = defineOp({
  name: "conv2dWeightGrad",
  inputs: ["x", "dy"],
  saves: ["x", "dy"],
  infer: ({ x, dy }, attrs: GradAttrs) => {
    weightGradGeometry(x.shape, dy.shape, attrs);
    return attrs.shape;
  },
  gpu: ({ x, dy }, out, attrs) =>
    runWeightGrad(weightGradGeometry(x.shape, dy.shape, attrs), x, dy, out),
  reference: ({ x, dy }, attrs, { shape }) => {
    const out = new NdArray(shape);
    forEachTap(weightGradGeometry(x.shape, dy.shape, attrs), (iy, ix, iw) => {
      out.data[iw] = out.flat(iw) + dy.flat(iy) * x.flat(ix);
    });
    return out;
  },
  vjp: ({ x, dy, specs }, g, attrs) => ({
    x: () => conv2dInputGrad(dy, g, specs.x.shape, attrs),
    dy: () => conv2d(x, g, attrs),
  }),
});

/**
 * x [N, C, H, W], dy [N, O, OH, OW] → dw of `shape` [O, C / groups, KH, KW].
 * @throws ShapeError when `shape` does not belong to x and dy.
 */
export function conv2dWeightGrad(
  x: Tensor,
  dy: Tensor,
  shape: Shape,
  attrs: Partial<Conv2dAttrs> = {},
): Tensor {
  return weightGrad({ x, dy }, { ...conv2dAttrs(attrs), shape });
}

function inputGradGeometry(dy: Shape, w: Shape, attrs: GradAttrs): Conv2dGeometry {
  const g = conv2dGeometry("conv2dInputGrad", attrs.shape, w, attrs);
  expectShape("conv2dInputGrad", "dy", dy, outputShape(g));
  return g;
}

function weightGradGeometry(x: Shape, dy: Shape, attrs: GradAttrs): Conv2dGeometry {
  const g = conv2dGeometry("conv2dWeightGrad", x, attrs.shape, attrs);
  expectShape("conv2dWeightGrad", "dy", dy, outputShape(g));
  return g;
}

function expectShape(op: string, name: string, got: Shape, want: Shape): void {
  if (sameShape(got, want)) return;
  throw new ShapeError(
    `${op}: ${name} is ${showShape(got)}, expected ${showShape(want)}. ` +
      "Check the channels, the stride, the padding and the dilation.",
  );
}
