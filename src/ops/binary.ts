/**
 * Elementwise functions of two operands, one a row: WGSL, float64, derivatives.
 *
 *     y = f(a, b)          da = dy ⊙ ∂f/∂a,   db = dy ⊙ ∂f/∂b
 *
 * Operands are tensors whose shapes broadcast as in NumPy, or one of them a number. Sums, differences
 * and products of integers wrap around at 32 bits.
 */
import { type BinaryFunction, defineBinary, type Operand } from "./shared/elementwise.js";

/** a + b */
export const add: BinaryFunction = defineBinary("add", {
  wgsl: "a + b",
  f64: (a, b) => a + b,
  integer: (a, b) => a + b,
  commutative: true,
  da: (dy) => dy,
  db: (dy) => dy,
});

/** a − b */
export const sub: BinaryFunction = defineBinary("sub", {
  wgsl: "a - b",
  f64: (a, b) => a - b,
  integer: (a, b) => a - b,
  da: (dy) => dy,
  db: (dy) => mul(dy, -1),
});

/** a · b */
export const mul: BinaryFunction = defineBinary("mul", {
  wgsl: "a * b",
  f64: (a, b) => a * b,
  integer: Math.imul,
  commutative: true,
  saves: ["a", "b"],
  da: (dy, { b }) => mul(dy, b),
  db: (dy, { a }) => mul(dy, a),
});

/** a / b */
export const div: BinaryFunction = defineBinary("div", {
  wgsl: "quotient(a, b)",
  f64: (a, b) => a / b,
  saves: ["b", "out"],
  da: (dy, { b }) => div(dy, b),
  db: (dy, { b, out }) => mul(div(mul(dy, out), b), -1),
});

/** The larger of a and b. Where they are equal, each gets half of the derivative. */
export const maximum: BinaryFunction = defineBinary("maximum", {
  wgsl: "keep_nan(a, keep_nan(b, max(a, b)))",
  f64: Math.max,
  saves: ["a", "b"],
  da: (dy, { a, b }) => mul(dy, isGreater(a, b)),
  db: (dy, { a, b }) => mul(dy, isGreater(b, a)),
});

/** The smaller of a and b. Where they are equal, each gets half of the derivative. */
export const minimum: BinaryFunction = defineBinary("minimum", {
  wgsl: "keep_nan(a, keep_nan(b, min(a, b)))",
  f64: Math.min,
  saves: ["a", "b"],
  da: (dy, { a, b }) => mul(dy, isGreater(b, a)),
  db: (dy, { a, b }) => mul(dy, isGreater(a, b)),
});

/** 1 where a > b, ½ where a = b, 0 elsewhere; its derivative is zero. */
export const isGreater: BinaryFunction = defineBinary("isGreater", {
  wgsl: "select(select(vec4f(), vec4f(0.5), a == b), vec4f(1.0), a > b)",
  f64: (a, b) => (a > b ? 1 : a === b ? 0.5 : 0),
  da: (dy) => mul(dy, 0),
  db: (dy) => mul(dy, 0),
});

/** JavaScript gives NaN where IEEE 754 has 1^b = 1 and (−1)^±∞ = 1. */
function ieeePower(a: number, b: number): number {
  const endless = Math.abs(b) === Number.POSITIVE_INFINITY;
  return a === 1 || (Math.abs(a) === 1 && endless) ? 1 : a ** b;
}

/** a^b. Where a < 0, b must be an integer. */
export const pow: BinaryFunction = defineBinary("pow", {
  wgsl: "power(a, b)",
  f64: ieeePower,
  saves: ["a", "b", "out"],
  da: (dy, { a, b }) => mul(dy, mul(pow(a, minusOne(b)), b)),
  db: (dy, { a, out }) => xlogy(mul(dy, out), a),
});

/** a · ln b, and 0 where a = 0. */
export const xlogy: BinaryFunction = defineBinary("xlogy", {
  wgsl: "select(a * float_log(b), vec4f(), a == vec4f())",
  f64: (a, b) => (a === 0 ? 0 : a * Math.log(b)),
  saves: ["a", "b"],
  da: (dy, { b }) => xlogy(dy, b),
  db: (dy, { a, b }) => mul(dy, div(a, b)),
});

function minusOne(b: Operand): Operand {
  return typeof b === "number" ? b - 1 : sub(b, 1);
}
