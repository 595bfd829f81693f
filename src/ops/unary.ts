/**
 * Elementwise functions of one tensor, one a row: WGSL, float64, derivative.
 *
 *     y = f(x)          dx = dy ⊙ f′(x)
 *
 * Derivatives are ops again, so they can be differentiated. Those of silu and gelu, which networks
 * call after every layer, are kernels of their own. One page: it is longer than the guide.
 */
import type { Tensor } from "../tensor/tensor.js";
import { add, div, isGreater, minimum, mul, sub } from "./binary.js";
import { clamp } from "./clamp.js";
import {
  type BinaryFunction,
  defineBinary,
  defineUnary,
  type Operand,
  type UnaryFunction,
} from "./shared/elementwise.js";
import { erf as erfReference, normalCdf, normalPdf } from "./shared/erf.js";

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
const ROOT_2_OVER_PI = Math.sqrt(2 / Math.PI);

/** −x */
export const neg: UnaryFunction = defineUnary("neg", {
  wgsl: "-x",
  f64: (x) => -x,
  dx: (dy) => neg(dy),
});

/** eˣ */
export const exp: UnaryFunction = defineUnary("exp", {
  wgsl: "float_or_nan(x, exp(x))",
  f64: Math.exp,
  saves: ["out"],
  dx: (dy, { out }) => mul(dy, out),
});

/** Natural logarithm. */
export const log: UnaryFunction = defineUnary("log", {
  wgsl: "float_log(x)",
  f64: Math.log,
  saves: ["x"],
  dx: (dy, { x }) => div(dy, x),
});

/** e^x − 1, accurate near 0. */
export const expm1: UnaryFunction = defineUnary("expm1", {
  wgsl: "accurate_expm1(x)",
  f64: Math.expm1,
  saves: ["out"],
  dx: (dy, { out }) => mul(dy, add(out, 1)),
});

/** ln(1 + x), accurate near 0. */
export const log1p: UnaryFunction = defineUnary("log1p", {
  wgsl: "accurate_log1p(x)",
  f64: Math.log1p,
  saves: ["x"],
  dx: (dy, { x }) => div(dy, add(x, 1)),
});

/** √x; the derivative at 0 is not finite. */
export const sqrt: UnaryFunction = defineUnary("sqrt", {
  wgsl: "sqrt(x)",
  f64: Math.sqrt,
  saves: ["out"],
  dx: (dy, { out }) => div(mul(dy, 0.5), out),
});

/** 1 / √x */
export const rsqrt: UnaryFunction = defineUnary("rsqrt", {
  wgsl: "inverseSqrt(x)",
  f64: (x) => 1 / Math.sqrt(x),
  saves: ["x", "out"],
  dx: (dy, { x, out }) => div(mul(mul(dy, -0.5), out), x),
});

/** x² */
export const square: UnaryFunction = defineUnary("square", {
  wgsl: "x * x",
  f64: (x) => x * x,
  saves: ["x"],
  dx: (dy, { x }) => mul(mul(dy, 2), x),
});

/** 1 / x */
export const reciprocal: UnaryFunction = defineUnary("reciprocal", {
  wgsl: "1.0 / x",
  f64: (x) => 1 / x,
  saves: ["out"],
  dx: (dy, { out }) => neg(mul(dy, square(out))),
});

/** |x|; the derivative at 0 is 0. */
export const abs: UnaryFunction = defineUnary("abs", {
  wgsl: "abs(x)",
  f64: Math.abs,
  saves: ["x"],
  dx: (dy, { x }) => mul(dy, sign(x)),
});

/** −1, 0 or 1; its derivative is zero. */
export const sign: UnaryFunction = defineUnary("sign", {
  wgsl: "float_or_nan(x, sign(x))",
  f64: Math.sign,
  dx: (dy) => mul(dy, 0),
});

/** The largest integer ≤ x; its derivative is zero. */
export const floor: UnaryFunction = defineUnary("floor", {
  wgsl: "floor(x)",
  f64: Math.floor,
  dx: (dy) => mul(dy, 0),
});

/** The smallest integer ≥ x; its derivative is zero. */
export const ceil: UnaryFunction = defineUnary("ceil", {
  wgsl: "ceil(x)",
  f64: Math.ceil,
  dx: (dy) => mul(dy, 0),
});

/** The nearest integer, and the even one of two as near; its derivative is zero. */
export const round: UnaryFunction = defineUnary("round", {
  wgsl: "round(x)",
  f64: (x) => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x)),
  dx: (dy) => mul(dy, 0),
});

/** sin x, in radians; kernels keep its digits for |x| ≤ 6000. */
export const sin: UnaryFunction = defineUnary("sin", {
  wgsl: "precise_sin(x, 0)",
  f64: Math.sin,
  saves: ["x"],
  dx: (dy, { x }) => mul(dy, cos(x)),
});

/** cos x, in radians; kernels keep its digits for |x| ≤ 6000. */
export const cos: UnaryFunction = defineUnary("cos", {
  wgsl: "precise_sin(x, 1)",
  f64: Math.cos,
  saves: ["x"],
  dx: (dy, { x }) => neg(mul(dy, sin(x))),
});

/** tanh x, without overflow for large |x|. */
export const tanh: UnaryFunction = defineUnary("tanh", {
  wgsl: "float_or_nan(x, safe_tanh(x))",
  f64: Math.tanh,
  saves: ["out"],
  dx: (dy, { out }) => mul(dy, sub(1, square(out))),
});

/** σ(x) = 1 / (1 + e^(−x)) */
export const sigmoid: UnaryFunction = defineUnary("sigmoid", {
  wgsl: "sigmoid(x)",
  f64: logistic,
  saves: ["out"],
  dx: (dy, { out }) => mul(dy, mul(out, sub(1, out))),
});

/** ln(1 + eˣ) */
export const softplus: UnaryFunction = defineUnary("softplus", {
  wgsl: "float_or_nan(x, max(x, vec4f()) + log(1.0 + exp(-abs(x))))",
  f64: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  saves: ["x"],
  dx: (dy, { x }) => mul(dy, sigmoid(x)),
});

/** max(x, 0); the derivative at 0 is ½. */
export const relu: UnaryFunction = defineUnary("relu", {
  wgsl: "float_or_nan(x, max(x, vec4f()))",
  f64: (x) => Math.max(x, 0),
  saves: ["x"],
  dx: (dy, { x }) => mul(dy, isGreater(x, 0)),
});

/** x σ(x) */
export const silu: UnaryFunction = defineUnary("silu", {
  wgsl: "x * sigmoid(x)",
  f64: (x) => x * logistic(x),
  saves: ["x"],
  dx: (dy, { x }) => siluGrad(dy, x),
});

/** x Φ(x), where Φ is the normal distribution function: the exact GELU. */
export const gelu: UnaryFunction = defineUnary("gelu", {
  wgsl: "x * normal_cdf(x)",
  f64: (x) => x * normalCdf(x),
  saves: ["x"],
  dx: (dy, { x }) => geluGrad(dy, x),
});

/** The error function (2/√π) ∫₀ˣ e^(−t²) dt, accurate near 0. */
export const erf: UnaryFunction = defineUnary("erf", {
  wgsl: "accurate_erf(x)",
  f64: erfReference,
  saves: ["x"],
  dx: (dy, { x }) => mul(mul(dy, 2 / Math.sqrt(Math.PI)), exp(neg(square(x)))),
});

/** x σ(2u), u = √(2/π) (x + 0.044715 x³): GELU with tanh, as ½ (1 + tanh u) = σ(2u). */
export const geluTanh: UnaryFunction = defineUnary("geluTanh", {
  wgsl: "x * sigmoid(gelu_tanh_argument(x))",
  f64: (x) => 0.5 * x * (1 + Math.tanh(ROOT_2_OVER_PI * (x + 0.044715 * x ** 3))),
  saves: ["x"],
  dx: (dy, { x }) => mul(dy, geluTanhSlope(x)),
});

/** The derivative of geluTanh; its own follows from w = 2u by the product and chain rules. */
const geluTanhSlope: UnaryFunction = defineUnary("geluTanhSlope", {
  wgsl: "gelu_tanh_slope(x)",
  f64: (x) => {
    const s = logistic(2 * ROOT_2_OVER_PI * (x + 0.044715 * x ** 3));
    return s + x * s * (1 - s) * 2 * ROOT_2_OVER_PI * (1 + 3 * 0.044715 * x * x);
  },
  saves: ["x"],
  dx: (dy, { x }) => {
    // Beyond ±10 the slope is 0 or 1, and powers of x would overflow.
    const b = clamp(x, { min: -10, max: 10 });
    const b_2 = square(b);
    const s = sigmoid(mul(mul(b, add(mul(b_2, 0.044715), 1)), 2 * ROOT_2_OVER_PI));
    const w_1 = mul(add(mul(b_2, 3 * 0.044715), 1), 2 * ROOT_2_OVER_PI);
    const w_2 = mul(b, 6 * 0.044715 * 2 * ROOT_2_OVER_PI);
    const bend = mul(mul(b, square(w_1)), sub(1, mul(s, 2)));
    const inner = add(add(mul(w_1, 2), mul(b, w_2)), bend);
    return mul(dy, mul(mul(s, sub(1, s)), inner));
  },
});

/**
 * x where x > 0, else slope · x, for any slope; the derivative at 0 is (1 + slope) / 2. A slope that
 * is a tensor is broadcast against x, and can be learned.
 */
export function leakyRelu(x: Tensor, slope: Operand = 0.01): Tensor {
  return leaky(x, slope);
}

const leaky: BinaryFunction = defineBinary("leakyRelu", {
  wgsl: "select(b * a, a, a > vec4f())",
  f64: (a, b) => (a > 0 ? a : b * a),
  saves: ["a", "b"],
  da: (dy, { a, b }) => {
    const rising = isGreater(a, 0);
    return add(mul(dy, rising), mul(mul(dy, b), sub(1, rising)));
  },
  db: (dy, { a }) => mul(dy, minimum(a, 0)),
});

/** a · silu′(b) = a σ (1 + b (1 − σ)), and ∂/∂b = a σ (1 − σ) (2 + b (1 − 2σ)) with σ = σ(b). */
const siluGrad: BinaryFunction = defineBinary("siluGrad", {
  wgsl: "a * sigmoid(b) * (1.0 + b * (1.0 - sigmoid(b)))",
  f64: (a, b) => a * logistic(b) * (1 + b * (1 - logistic(b))),
  saves: ["a", "b"],
  da: (dy, { b }) => siluGrad(dy, b),
  db: (dy, { a, b }) => {
    const s = sigmoid(b);
    const curvature = mul(mul(s, sub(1, s)), add(2, mul(b, sub(1, mul(s, 2)))));
    return mul(mul(dy, a), curvature);
  },
});

/** a · gelu′(b) = a (Φ(b) + b φ(b)), and ∂/∂b = a φ(b) (2 − b²). */
const geluGrad: BinaryFunction = defineBinary("geluGrad", {
  wgsl: "a * (normal_cdf(b) + b * normal_pdf(b))",
  f64: (a, b) => a * (normalCdf(b) + b * normalPdf(b)),
  saves: ["a", "b"],
  da: (dy, { b }) => geluGrad(dy, b),
  db: (dy, { a, b }) => {
    const density = mul(exp(mul(square(b), -0.5)), 1 / Math.sqrt(2 * Math.PI));
    return mul(mul(dy, a), mul(density, sub(2, square(b))));
  },
});
