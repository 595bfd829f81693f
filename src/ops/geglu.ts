/**
 * GEGLU (Shazeer 2020): one half of the last axis gates the other. Fused by hand: every transformer
 * block has one, over its widest tensor.
 *
 *     x = [h, g],   y = h ⊙ gelu(g)          dx = [dy ⊙ gelu(g), dy ⊙ h ⊙ gelu′(g)]
 */
import { composedVjp } from "../autograd/composed.js";
import { defineOp } from "../autograd/define-op.js";
import { vjp } from "../autograd/grad.js";
import { ShapeError } from "../errors.js";
import { kernel } from "../shaders/kernel.js";
import { FLOATS } from "../tensor/dtype.js";
import { NdArray } from "../tensor/ndarray.js";
import { known, type Shape, showShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { mul } from "./binary.js";
import { normalCdf, normalPdf } from "./shared/erf.js";
import { asRows } from "./shared/rows.js";
import { slice } from "./slice.js";
import { gelu } from "./unary.js";

const PARAMS = { rows: "u32", half: "u32" } as const;
const forward = kernel("geglu", PARAMS);
const backward = kernel("geglu.grad", PARAMS);

/** Kernels work on vectors of four. */
const LANES = 4;

const op = defineOp({
  name: "geglu",
  inputs: ["x"],
  elements: FLOATS,
  saves: ["x"],
  infer: ({ x }) => halved(x.shape),
  gpu: ({ x }, out) => {
    const launch = plan(x.shape);
    forward({ tensors: [x, out], ...launch });
  },
  reference: ({ x }) => {
    const rows = x.rows().map((row) => {
      const half = row.length / 2;
      return row.slice(0, half).map((h, i) => h * geluOf(known(row, half + i)));
    });
    return new NdArray(halved(x.shape), Float64Array.from(rows.flat()));
  },
  vjp: ({ x }, dy) => ({ x: () => gradOp({ x, dy }, {}) }),
});

const gradOp = defineOp({
  name: "gegluGrad",
  inputs: ["x", "dy"],
  saves: ["x", "dy"],
  infer: ({ x }) => x.shape,
  gpu: ({ x, dy }, out) => {
    const launch = plan(x.shape);
    backward({ tensors: [x, dy, out], ...launch });
  },
  reference: ({ x, dy }) =>
    x.mapRows((row, r) => {
      const half = row.length / 2;
      const pull = (i: number): number => dy.flat(r * half + i);
      const dh = row.slice(0, half).map((_, i) => pull(i) * geluOf(known(row, half + i)));
      const dg = row.slice(half).map((g, i) => pull(i) * known(row, i) * geluSlope(g));
      return [...dh, ...dg];
    }),
  vjp: (saved, g) =>
    composedVjp({ x: saved.x, dy: saved.dy }, g, ({ x, dy }) => {
      const [dx = x] = vjp(composed, x).pullback(dy);
      return dx;
    }),
});

/** The same by ops, for derivatives of higher order. */
function composed(x: Tensor): Tensor {
  const half = x.dim(-1) / 2;
  const gate = gelu(slice(x, { axis: -1, start: half }));
  return mul(slice(x, { axis: -1, end: half }), gate);
}

/**
 * x [..., 2C] → [..., C], C a multiple of 4.
 * @throws ShapeError for another last axis.
 */
export function geglu(x: Tensor): Tensor {
  return op({ x }, {});
}

function halved(shape: Shape): Shape {
  const last = shape.at(-1) ?? 0;
  if (shape.length === 0 || last % (2 * LANES) !== 0) {
    throw new ShapeError(
      `geglu: the last axis of x ${showShape(shape)} is no multiple of ${2 * LANES}. ` +
        "Give two halves, each a multiple of 4.",
    );
  }
  return [...shape.slice(0, -1), last / 2];
}

function plan(shape: Shape) {
  const { rows, cols } = asRows(shape);
  const half = cols / (2 * LANES);
  return { params: { rows, half }, items: rows * half };
}

function geluOf(x: number): number {
  return x * normalCdf(x);
}

function geluSlope(x: number): number {
  return normalCdf(x) + x * normalPdf(x);
}
