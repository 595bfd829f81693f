/**
 * Comparisons, one a row: WGSL, float64.
 *
 *     y = [a ? b]          of type bool; no derivative
 *
 * Operands are tensors of numbers whose shapes broadcast as in NumPy, or one of them a number; equal
 * and notEqual take truth values too. As IEEE 754 has it, NaN equals nothing, itself included, and is neither less nor greater.
 */
import { DTYPES, FLOATS, NUMBERS } from "../tensor/dtype.js";
import {
  type BinaryFunction,
  definePredicate,
  defineRelation,
  type UnaryFunction,
} from "./shared/elementwise.js";

const elements = NUMBERS;

/** a = b */
export const equal: BinaryFunction = defineRelation("equal", {
  wgsl: "ordered(a, b) & (a == b)",
  f64: (a, b) => Number(a === b),
  elements: DTYPES,
});

/** a ≠ b */
export const notEqual: BinaryFunction = defineRelation("notEqual", {
  wgsl: "!(ordered(a, b) & (a == b))",
  f64: (a, b) => Number(a !== b),
  elements: DTYPES,
});

/** a < b */
export const less: BinaryFunction = defineRelation("less", {
  wgsl: "ordered(a, b) & (a < b)",
  f64: (a, b) => Number(a < b),
  elements,
});

/** a ≤ b */
export const lessEqual: BinaryFunction = defineRelation("lessEqual", {
  wgsl: "ordered(a, b) & (a <= b)",
  f64: (a, b) => Number(a <= b),
  elements,
});

/** a > b */
export const greater: BinaryFunction = defineRelation("greater", {
  wgsl: "ordered(a, b) & (a > b)",
  f64: (a, b) => Number(a > b),
  elements,
});

/** a ≥ b */
export const greaterEqual: BinaryFunction = defineRelation("greaterEqual", {
  wgsl: "ordered(a, b) & (a >= b)",
  f64: (a, b) => Number(a >= b),
  elements,
});

/** Whether x is no number. */
const eachIsNaN: UnaryFunction = definePredicate("isNaN", {
  wgsl: "nan4(x)",
  f64: (x) => Number(Number.isNaN(x)),
  elements: FLOATS,
});

/** Whether x is neither NaN nor infinite. */
const eachIsFinite: UnaryFunction = definePredicate("isFinite", {
  wgsl: "finite4(x)",
  f64: (x) => Number(Number.isFinite(x)),
  elements: FLOATS,
});

// Under these names they are exported, and nothing in this file hides JavaScript's own.
export { eachIsFinite as isFinite, eachIsNaN as isNaN };
