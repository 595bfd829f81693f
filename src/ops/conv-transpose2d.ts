/**
 * Transposed 2-D convolution: every pixel of x paints the kernel, times its value, into y.
 *
 *     y[n, o, i, j] = bias[o] + Σ w[c, o, ky, kx] x[n, c, p, q]
 *
 * over all taps with i = p·stride + ky·dilation − padding and j = q·stride + kx·dilation − padding;
 * c runs over the group of o. It is what `conv2d` with this w has as the derivative by its input,
 * and computed by the same kernels; so
 *
 *     dx = conv2d(dy, w)          dw = conv2dWeightGrad(dy, x)          dbias = Σ_{n, i, j} dy
 */
import { defineOp } from "../autograd/define-op.js";
import { ShapeError } from "../errors.js";
import { NdArray } from "../tensor/ndarray.js";
import { type Shape, showShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { add } from "./binary.js";
import { conv2d, conv2dWeightGrad } from "./conv2d.js";
import { reshape } from "./reshape.js";
import {
  assertAttrs,
  type Conv2dAttrs,
  conv2dAttrs,
  conv2dGeometry,
} from "./shared/conv2d-geometry.js";
import { runInputGrad } from "./shared/conv2d-kernels.js";

const NAME = "convTranspose2d";

interface Attrs extends Conv2dAttrs {
  readonly outputPadding: number;
}

/** As conv2d's, in pixels; and what the stride leaves open. */
export interface ConvTranspose2dOptions extends Partial<Conv2dAttrs> {
  /** Rows and columns added below and at the right, fewer than the stride. Default 0. */
  readonly outputPadding?: number;
  /** [O] */
  readonly bias?: Tensor | undefined;
}

const op = defineOp({
  name: NAME,
  inputs: ["x", "w"],
  saves: ["x", "w"],
  infer: ({ x, w }, attrs: Attrs) => outputShape(x.shape, w.shape, attrs),
  gpu: ({ x, w }, out, attrs) =>
    runInputGrad(conv2dGeometry(NAME, out.shape, w.shape, attrs), x, w, out),
  reference: ({ x, w }, attrs, { shape }) => {
    const out = new NdArray(shape);
    paint(x, w, attrs, shape, (at, product) => {
      out.data[at] = out.flat(at) + product;
    });
    return out;
  },
  vjp: ({ x, w }, dy, { outputPadding: _, ...attrs }) => ({
    x: () => conv2d(dy, w, attrs),
    w: () => conv2dWeightGrad(dy, x, w.shape, attrs),
  }),
});

/**
 * x [N, C, H, W], w [C, O / groups, KH, KW], bias [O] → [N, O, OH, OW],
 * OH = (H − 1) stride − 2 padding + dilation (KH − 1) + 1 + outputPadding, OW likewise.
 * @throws ShapeError when channels, groups, bias or sizes do not fit.
 */
export function convTranspose2d(
  x: Tensor,
  w: Tensor,
  options: ConvTranspose2dOptions = {},
): Tensor {
  const { bias, outputPadding = 0 } = options;
  const y = op({ x, w }, { ...conv2dAttrs(options), outputPadding });
  if (!bias) return y;
  if (bias.rank === 1 && bias.dim(0) === y.dim(1)) {
    return add(y, reshape(bias, [1, y.dim(1), 1, 1]));
  }
  throw new ShapeError(
    `${NAME}: bias is ${showShape(bias.shape)}, and there are ${y.dim(1)} output channels. ` +
      `Give bias as [${y.dim(1)}].`,
  );
}

function outputShape(x: Shape, w: Shape, attrs: Attrs): Shape {
  const { stride, padding, groups, dilation, outputPadding } = attrs;
  const [n = 0, channels = 0, h = 0, width = 0] = x;
  const [inputs = 0, O = 0, kh = 0, kw = 0] = w;
  const what = `x is ${showShape(x)}, w is ${showShape(w)}`;
  if (x.length !== 4 || w.length !== 4) {
    throw new ShapeError(
      `${NAME}: both operands need rank 4: ${what}. ` +
        "Give x [N, C, H, W] and w [C, O / groups, KH, KW].",
    );
  }
  assertAttrs(NAME, attrs);
  if (!Number.isInteger(outputPadding) || outputPadding < 0 || outputPadding >= stride) {
    throw new ShapeError(
      `${NAME}: output padding ${outputPadding} with stride ${stride} cannot be. ` +
        "Give an integer from 0 to stride − 1.",
    );
  }
  if (channels !== inputs || channels % groups !== 0) {
    throw new ShapeError(
      `${NAME}: channels do not fit: ${what}, groups ${groups}. ` +
        "x needs as many channels as w has rows, a multiple of groups.",
    );
  }
  const grown = (pixels: number, taps: number) =>
    (pixels - 1) * stride - 2 * padding + dilation * (taps - 1) + 1 + outputPadding;
  const [OH, OW] = [grown(h, kh), grown(width, kw)];
  if (Math.min(h, width, kh, kw, OH, OW) >= 1) return [n, groups * O, OH, OW];
  throw new ShapeError(
    `${NAME}: pictures of ${h} × ${width} under a kernel of ${kh} × ${kw} with padding ${padding} ` +
      `would become ${OH} × ${OW}. Enlarge the picture or make the padding smaller.`,
  );
}

/** Calls `add` with a flat position in y and what a pixel of x adds there by one tap of w. */
function paint(
  x: NdArray,
  w: NdArray,
  { stride, padding, groups, dilation }: Conv2dAttrs,
  [, channels = 0, OH = 0, OW = 0]: Shape,
  add: (at: number, product: number) => void,
): void {
  const [, C = 0, H = 0, W = 0] = x.shape;
  const [, O = 0, KH = 0, KW = 0] = w.shape;
  x.data.forEach((value, flat) => {
    const [q, p] = [flat % W, Math.floor(flat / W) % H];
    const [c, n] = [Math.floor(flat / W / H) % C, Math.floor(flat / W / H / C)];
    const group = Math.floor(c / (C / groups));
    for (let tap = 0; tap < O * KH * KW; tap++) {
      const i = p * stride + (Math.floor(tap / KW) % KH) * dilation - padding;
      const j = q * stride + (tap % KW) * dilation - padding;
      if (i < 0 || i >= OH || j < 0 || j >= OW) continue;
      const o = group * O + Math.floor(tap / KW / KH);
      add(((n * channels + o) * OH + i) * OW + j, value * w.flat(c * O * KH * KW + tap));
    }
  });
}
