/**
 * Another element type, the same values as near as it can hold them.
 *
 *     y ≈ x          dx = cast(dy, type of x), between f32 and f16
 *
 *     f32 → f16      to the nearest, ties to even; from 65520 on ±∞
 *     f16 → f32      exact
 *     float → i32    towards zero; what lies outside of its range becomes the nearest end, NaN
 *           or u32   becomes 0
 *     integer → f32  to the nearest; → f16 the same, by way of f32
 *     i32 ↔ u32      the bits: −1 ↔ 4294967295
 *     any → bool     x ≠ 0 (so NaN is true)          bool → any     0 or 1
 *
 * Nothing is cast by itself: an op says which element types it takes.
 */
import { defineOp } from "../autograd/define-op.js";
import { kernel } from "../shaders/kernel.js";
import { assertDtype, DTYPES, type Dtype, FLOATS } from "../tensor/dtype.js";
import { roundToHalf } from "../tensor/half.js";
import type { Tensor } from "../tensor/tensor.js";
import { vectorsOf } from "./shared/elementwise-kernels.js";

/** How four elements lie in a buffer. */
const STORED: Readonly<Record<Dtype, string>> = {
  f32: "vec4f",
  f16: "vec2u",
  i32: "vec4i",
  u32: "vec4u",
  bool: "vec4u",
};

/** WGSL from four floats, and from four integers `x`. */
const FROM_FLOAT: Readonly<Record<Dtype, (x: string) => string>> = {
  f32: (x) => x,
  f16: (x) => `to_halves(${x})`,
  i32: (x) => `to_i32(${x})`,
  u32: (x) => `to_u32(${x})`,
  bool: (x) => `to_bool(${x})`,
};
const FROM_INTEGER: Readonly<Record<Dtype, string>> = {
  f32: "vec4f(x)",
  f16: "to_halves(vec4f(x))",
  i32: "vec4i(x)",
  u32: "vec4u(x)",
  bool: "vec4u(x != In4())",
};

/** The same in float64. */
const REFERENCE: Readonly<Record<Dtype, (x: number) => number>> = {
  f32: (x) => x,
  f16: roundToHalf,
  i32: (x) => between(x, -(2 ** 31), 2 ** 31 - 1),
  u32: (x) => between(x, 0, 2 ** 32 - 1),
  bool: (x) => (x === 0 ? 0 : 1),
};

const kernels = new Map(
  DTYPES.flatMap((from) => DTYPES.map((to) => [`${from} ${to}`, converter(from, to)] as const)),
);

interface Attrs {
  readonly from: Dtype;
  readonly dtype: Dtype;
}

const op = defineOp({
  name: "cast",
  inputs: ["x"],
  elements: DTYPES,
  differentiable: FLOATS,
  infer: ({ x }, { dtype }: Attrs) => ({ shape: x.shape, dtype }),
  gpu: ({ x }, out) => {
    const vectors = vectorsOf(out);
    kernels.get(`${x.dtype} ${out.dtype}`)?.({
      tensors: [x, out],
      params: { vectors },
      items: vectors,
    });
  },
  reference: ({ x }, { from, dtype }) => x.map(convert(from, dtype)),
  vjp: ({ specs }, dy) => ({ x: () => cast(dy, specs.x.dtype) }),
});

/**
 * x, any shape → the same shape with elements of `dtype`; x itself where it has them already.
 * @throws DtypeError for f16 on an adapter without it, and for a name that is no element type.
 */
export function cast(x: Tensor, dtype: Dtype): Tensor {
  assertDtype("cast", dtype);
  return x.dtype === dtype ? x : op({ x }, { dtype, from: x.dtype });
}

function converter(from: Dtype, to: Dtype) {
  const float = from === "f16" ? "from_halves(x)" : "x";
  const wgsl = FLOATS.includes(from) ? FROM_FLOAT[to](float) : FROM_INTEGER[to];
  const aliases = `alias In4 = ${STORED[from]}; alias Out4 = ${STORED[to]};`;
  const prelude = `${aliases}\nfn f(x: In4) -> Out4 { return ${wgsl}; }`;
  return kernel("cast", { vectors: "u32" }, prelude);
}

function convert(from: Dtype, to: Dtype): (x: number) => number {
  if (from === "i32" && to === "u32") return (x) => x >>> 0;
  if (from === "u32" && to === "i32") return (x) => x | 0;
  return to === "f32" && !FLOATS.includes(from) ? Math.fround : REFERENCE[to];
}

function between(x: number, least: number, most: number): number {
  return Number.isNaN(x) ? 0 : Math.min(Math.max(Math.trunc(x), least), most);
}
