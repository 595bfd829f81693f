/**
 * Logic, one function a row: WGSL on the words 0 and 1, float64.
 *
 *     y = f(a, b)          all of type bool; no derivative
 *
 * Operands are tensors whose shapes broadcast as in NumPy.
 */
import type { Tensor } from "../tensor/tensor.js";
import { definePredicate, defineRelation, type UnaryFunction } from "./shared/elementwise.js";

/** a, b: bool tensors whose shapes broadcast → the broadcast shape. */
export type LogicalFunction = (a: Tensor, b: Tensor) => Tensor;

const elements = ["bool"] as const;

/** Whether both hold. */
export const logicalAnd: LogicalFunction = defineRelation("logicalAnd", {
  wgsl: "a & b",
  f64: (a, b) => a * b,
  elements,
});

/** Whether one of them holds, or both. */
export const logicalOr: LogicalFunction = defineRelation("logicalOr", {
  wgsl: "a | b",
  f64: Math.max,
  elements,
});

/** Whether exactly one of them holds. */
export const logicalXor: LogicalFunction = defineRelation("logicalXor", {
  wgsl: "a ^ b",
  f64: (a, b) => Number(a !== b),
  elements,
});

/** Whether x does not hold. */
export const logicalNot: UnaryFunction = definePredicate("logicalNot", {
  wgsl: "x ^ vec4u(1u)",
  f64: (x) => 1 - x,
  elements,
});
