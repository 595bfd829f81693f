/**
 * Launches the elementwise shaders: which one suits the shapes, and which aliases the element types.
 * What they compute stands in the rows of binary.ts, unary.ts, comparison.ts and logical.ts.
 */
import { DtypeError } from "../../errors.js";
import { type Element, elements } from "../../shaders/elements.js";
import { kernel } from "../../shaders/kernel.js";
import type { Dtype } from "../../tensor/dtype.js";
import { NdArray } from "../../tensor/ndarray.js";
import { broadcastStrides, positionOf, type Shape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { broadcastCall, planBroadcast } from "./broadcast.js";

const VECTORS = { vectors: "u32" } as const;
const BROADCAST = {
  total: "u32",
  inner: "u32",
  size_1: "u32",
  size_2: "u32",
  a_0: "u32",
  a_1: "u32",
  a_2: "u32",
  b_0: "u32",
  b_1: "u32",
  b_2: "u32",
} as const;

/** WGSL that turns elements into elements: an expression, and whether it gives truth values. */
export interface Expression {
  /** Of `a` and `b`, or of `x`: each four f32, or four integers. */
  readonly wgsl: string;
  readonly truth: boolean;
  /** f(a, b) = f(b, a): one variant of a kernel serves both orders. */
  readonly commutative?: boolean | undefined;
}

/** How shaders see an element type: f16 is f32 to them, bool is a u32. */
export function elementOf(dtype: Dtype): Element {
  if (dtype === "f16") return "f32";
  return dtype === "bool" ? "u32" : dtype;
}

/** Elements by fours. */
export function vectorsOf({ size }: Tensor): number {
  return Math.ceil(size / 4);
}

/** Makes something once for each element type as shaders see it. */
export function perElement<T>(make: (element: Element) => T): (dtype: Dtype) => T {
  const made = new Map<Element, T>();
  return (dtype) => {
    const element = elementOf(dtype);
    const known = made.get(element) ?? make(element);
    made.set(element, known);
    return known;
  };
}

function prelude(parameters: string, { wgsl, truth }: Expression, element: Element): string {
  if (!truth) {
    const types = `${elements(element)}${keepNan(element)}`;
    return `${types}\nfn f(${parameters}) -> Value4 { return ${wgsl}; }`;
  }
  const body = `-> vec4u { return vec4u(${wgsl}); }`;
  return `${elements(element, "u32")}${ordered(element)}\nfn f(${parameters}) ${body}`;
}

/** y, and NaN where x is NaN; integers never are. */
export function keepNan(element: Element): string {
  const body = element === "f32" ? "float_or_nan(x, y)" : "y";
  return `fn keep_nan(x: Value4, y: Value4) -> Value4 { return ${body}; }`;
}

/** For comparisons: whether neither operand is NaN. */
export function ordered(element: Element): string {
  const body = element === "f32" ? "no_nan(a, b)" : "vec4<bool>(true)";
  return `fn ordered(a: Value4, b: Value4) -> vec4<bool> { return ${body}; }`;
}

/** out = f(x), whatever the shape. */
export function unaryLauncher(f: Expression) {
  const kernels = perElement((e) =>
    kernel("elementwise_unary", VECTORS, prelude("x: Value4", f, e)),
  );
  return (x: Tensor, out: Tensor): void => {
    const vectors = vectorsOf(out);
    kernels(x.dtype)({ tensors: [x, out], params: { vectors }, items: vectors });
  };
}

/** out = f(a, b), a and b broadcast to the shape of out. Of equals the larger comes first. */
export function binaryLauncher(f: Expression) {
  const kernels = perElement((e) => {
    const text = prelude("a: Value4, b: Value4", f, e);
    return {
      sameShape: kernel("elementwise_binary", VECTORS, text),
      byVectors: kernel("elementwise_broadcast", BROADCAST, text),
      byElements: kernel("elementwise_broadcast_scalar", BROADCAST, text),
    };
  });
  return (left: Tensor, right: Tensor, out: Tensor): void => {
    const [a, b] = f.commutative && left.size < right.size ? [right, left] : [left, right];
    const { sameShape, byVectors, byElements } = kernels(a.dtype);
    const tensors = [a, b, out] as const;
    if (a.size === out.size && b.size === out.size) {
      const vectors = vectorsOf(out);
      sameShape({ tensors, params: { vectors }, items: vectors });
      return;
    }
    const plan = broadcastCall(planBroadcast(a.shape, b.shape, out.shape));
    const { params, overrides } = plan;
    (plan.vector ? byVectors : byElements)({ tensors, params, items: params.total, overrides });
  };
}

/** out = f(x, value), or f(value, x) where the number comes first. */
export function numberLauncher(f: Expression) {
  const kernels = perElement((e) =>
    kernel(
      "elementwise_number",
      { vectors: "u32", value: e },
      prelude("a: Value4, b: Value4", f, e),
    ),
  );
  return (x: Tensor, out: Tensor, value: number, numberFirst: 0 | 1): void => {
    const vectors = vectorsOf(out);
    const params = { vectors, value };
    const overrides = { NUMBER_FIRST: f.commutative ? 0 : numberFirst };
    kernels(x.dtype)({ tensors: [x, out], params, items: vectors, overrides });
  };
}

const ELEMENT: Readonly<Partial<Record<Dtype, (value: number) => boolean>>> = {
  i32: (value) => value === (value | 0),
  u32: (value) => value === value >>> 0,
  bool: (value) => value === 0 || value === 1,
};

/** Throws where `value` is no element of `dtype`. */
export function assertNumber(op: string, value: number, dtype: Dtype): void {
  if (ELEMENT[dtype]?.(value) ?? true) return;
  throw new DtypeError(
    `${op}: ${value} is no ${dtype}, as the tensor's elements are. ` +
      'Give one that is, or convert the tensor with cast(x, "f32").',
  );
}

/** f over broadcast arrays, in float64. */
export function broadcastReference(
  a: NdArray,
  b: NdArray,
  shape: Shape,
  f: (a: number, b: number) => number,
): NdArray {
  const strides_a = broadcastStrides(a.shape, shape);
  const strides_b = broadcastStrides(b.shape, shape);
  return NdArray.build(shape, (index) =>
    f(a.flat(positionOf(index, strides_a)), b.flat(positionOf(index, strides_b))),
  );
}
