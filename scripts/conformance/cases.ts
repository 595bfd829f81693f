/**
 * What is compared with torch: cases of ops, as data that TypeScript and Python read alike, and the
 * function of this engine that each case calls.
 */
import type { Operand } from "../../src/ops/index.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import type { Draw } from "./draw.js";

/** A number as JSON holds it: what is not finite stands there as a string. */
export type Stored = number | string;

/** A tensor as data. Values of f32 are decimals that both sides round to float32 alike. */
export interface Given {
  readonly shape: readonly number[];
  readonly dtype: "f32" | "i32" | "u32" | "bool";
  readonly values: readonly Stored[];
  /** No gradient is asked of it, though it is f32. */
  readonly frozen?: true;
}

/** What an op is given: tensors, or numbers in their place. */
export type Input = Given | number;

/** What a form draws: one call of an op. */
export interface Asked<O> {
  readonly inputs: readonly Input[];
  readonly options: O;
  /** No second derivative is asked for. */
  readonly once?: true;
}

export interface Case extends Asked<object> {
  readonly op: string;
  readonly form: string;
  /** What the gradients are asked for; absent where the result is not of floats. */
  readonly cotangent?: readonly Stored[];
  /** One for each input with a gradient, else null: what the second derivatives are asked for. */
  readonly directions?: readonly (readonly Stored[] | null)[];
  /** A kernel needs an adapter with f16. */
  readonly f16?: true;
}

/** What torch says of a case, in float64. */
export interface Answer {
  readonly kind: "float" | "integer" | "bool";
  readonly shape: readonly number[];
  readonly value: readonly Stored[];
  /** One for each input; null where none is asked for. */
  readonly gradients: readonly (readonly Stored[] | null)[];
  /** Gradients of Σ ⟨direction, gradient⟩; absent where no directions are given. */
  readonly second?: readonly (readonly Stored[] | null)[];
}

/** A case with torch's answer. */
export interface Answered extends Case {
  readonly answer: Answer;
}

/** Draws one case. */
export type Form<O> = (draw: Draw) => Asked<O>;

export interface Entry {
  readonly apply: (inputs: readonly Operand[], options: object) => Tensor;
  readonly forms: Readonly<Record<string, Form<object>>>;
}

/** An op whose inputs are tensors or numbers, under its forms by name. */
export function onOperands<O extends object>(
  apply: (inputs: readonly Operand[], options: O) => Tensor,
  forms: Readonly<Record<string, Form<O>>>,
): Entry {
  return { apply: (inputs, options) => apply(inputs, options as O), forms };
}

/** An op whose inputs are tensors. */
export function on<O extends object>(
  apply: (inputs: readonly Tensor[], options: O) => Tensor,
  forms: Readonly<Record<string, Form<O>>>,
): Entry {
  const tensors = (inputs: readonly Operand[]): Tensor[] =>
    inputs.filter((x) => typeof x !== "number");
  return onOperands((inputs, options) => apply(tensors(inputs), options), forms);
}

/** Forms that only the full run draws: too large for the golden file. */
export const LARGE = "large";

/** Forms whose kernels need f16. */
export const HALVES = "f16";
