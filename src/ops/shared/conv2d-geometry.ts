/**
 * Shapes of a 2-D convolution, and its taps: the triples (y, x, w) of elements that meet.
 *
 *     y[n, o, i, j] = Σ_{c, ky, kx} w[o, c, ky, kx] ·
 *          x[n, c, i·stride + ky·dilation − padding, j·stride + kx·dilation − padding]
 */
import { ShapeError } from "../../errors.js";
import { type Shape, showShape } from "../../tensor/shape.js";

/** How the kernel moves over the picture: the same along both axes. */
export interface Conv2dAttrs {
  readonly stride: number;
  /** Rows and columns of zeros around the picture. */
  readonly padding: number;
  /** Channels are cut into so many groups that do not see each other. */
  readonly groups: number;
  /** Pixels from one tap of the kernel to the next. */
  readonly dilation: number;
}

/** Attributes with what was left out: stride 1, padding 0, groups 1, dilation 1. */
export function conv2dAttrs(given: Partial<Conv2dAttrs>): Conv2dAttrs {
  const { stride = 1, padding = 0, groups = 1, dilation = 1 } = given;
  return { stride, padding, groups, dilation };
}

/** All sizes; C and O are channels per group. */
export interface Conv2dGeometry extends Conv2dAttrs {
  readonly batch: number;
  readonly C: number;
  readonly O: number;
  readonly H: number;
  readonly W: number;
  readonly KH: number;
  readonly KW: number;
  readonly OH: number;
  readonly OW: number;
}

/** x [N, groups·C, H, W], w [groups·O, C, KH, KW] → sizes; throws ShapeError where they misfit. */
export function conv2dGeometry(op: string, x: Shape, w: Shape, attrs: Conv2dAttrs): Conv2dGeometry {
  const { stride, padding, groups, dilation } = attrs;
  const [batch = 0, channels = 0, H = 0, W = 0] = x;
  const [outputs = 0, C = 0, KH = 0, KW = 0] = w;
  const what = `x is ${showShape(x)}, w is ${showShape(w)}`;
  if (x.length !== 4 || w.length !== 4) {
    throw new ShapeError(
      `${op}: both operands need rank 4: ${what}. ` +
        "Give x [N, C, H, W] and w [O, C / groups, KH, KW].",
    );
  }
  assertAttrs(op, attrs);
  if (channels !== groups * C || outputs % groups !== 0) {
    throw new ShapeError(
      `${op}: channels do not fit: ${what}, groups ${groups}: ${channels} in, ${outputs} out. ` +
        `x needs ${groups} × ${C} channels, and groups must divide ${outputs}.`,
    );
  }
  const OH = Math.floor((H + 2 * padding - dilation * (KH - 1) - 1) / stride) + 1;
  const OW = Math.floor((W + 2 * padding - dilation * (KW - 1) - 1) / stride) + 1;
  if (KH < 1 || KW < 1 || OH < 1 || OW < 1) {
    const apart = dilation > 1 ? ` with dilation ${dilation}` : "";
    throw new ShapeError(
      `${op}: a kernel of ${KH} × ${KW}${apart} does not fit into pictures of ${H} × ${W} with ` +
        `padding ${padding}. Enlarge the picture or the padding.`,
    );
  }
  return { stride, padding, groups, dilation, batch, C, O: outputs / groups, H, W, KH, KW, OH, OW };
}

/** Throws unless all are integers in their range. */
export function assertAttrs(op: string, attrs: Conv2dAttrs): void {
  const { stride, padding, groups, dilation } = attrs;
  const whole = [stride, padding, groups, dilation].every((v) => Number.isInteger(v));
  if (whole && stride >= 1 && padding >= 0 && groups >= 1 && dilation >= 1) return;
  throw new ShapeError(
    `${op}: stride ${stride}, padding ${padding}, groups ${groups}, dilation ${dilation} cannot ` +
      "be. Give integers: padding ≥ 0, the others ≥ 1.",
  );
}

/** The shape of y. */
export function outputShape({ batch, groups, O, OH, OW }: Conv2dGeometry): Shape {
  return [batch, groups * O, OH, OW];
}

/** Calls `meet` with the flat positions in y, x and w of every product. */
export function forEachTap(
  g: Conv2dGeometry,
  meet: (y: number, x: number, w: number) => void,
): void {
  const taps = g.C * g.KH * g.KW;
  const outputs = g.batch * g.groups * g.O * g.OH * g.OW;
  for (let y = 0; y < outputs; y++) {
    const [j, i] = [y % g.OW, Math.floor(y / g.OW) % g.OH];
    const channel = Math.floor(y / g.OW / g.OH) % (g.groups * g.O);
    const n = Math.floor(y / g.OW / g.OH / (g.groups * g.O));
    const first = (n * g.groups + Math.floor(channel / g.O)) * g.C;
    for (let tap = 0; tap < taps; tap++) {
      const iy = i * g.stride + (Math.floor(tap / g.KW) % g.KH) * g.dilation - g.padding;
      const ix = j * g.stride + (tap % g.KW) * g.dilation - g.padding;
      if (iy < 0 || iy >= g.H || ix < 0 || ix >= g.W) continue;
      const c = first + Math.floor(tap / g.KW / g.KH);
      meet(y, (c * g.H + iy) * g.W + ix, channel * taps + tap);
    }
  }
}
