/**
 * Makes ops out of the rows of binary.ts, unary.ts, comparison.ts and logical.ts: one row says a
 * function in WGSL, in float64, and its derivative; the kernels, broadcasting, element types and
 * numbers in place of tensors are alike for all.
 */
import { broadcastTo } from "../../autograd/cotangent.js";
import { defineOp } from "../../autograd/define-op.js";
import { assertTensors } from "../../autograd/op-dtypes.js";
import { UsageError } from "../../errors.js";
import { type Dtype, FLOATS, NUMBERS } from "../../tensor/dtype.js";
import { broadcastShapes, type Shape, sameShape } from "../../tensor/shape.js";
import type { Tensor, TensorSpec } from "../../tensor/tensor.js";
import { MAX_BROADCAST_AXES, planBroadcast } from "./broadcast.js";
import {
  assertNumber,
  binaryLauncher,
  broadcastReference,
  numberLauncher,
  unaryLauncher,
} from "./elementwise-kernels.js";

/** A tensor, or a number that stands for a tensor full of it (and is never uploaded). */
export type Operand = Tensor | number;

/** What derivatives read: the result, or operands; only the `Other` operand may be a number. */
type Saved<S extends string, Other extends string = never> = {
  readonly [K in S]: K extends Other ? Operand : Tensor;
};

/** A function of two operands: WGSL, float64, derivatives by a and b. */
export interface BinaryRow<S extends "a" | "b" | "out"> {
  /** WGSL: an expression of `a` and `b`, both vec4f. */
  readonly wgsl: string;
  /** The same in float64. */
  readonly f64: (a: number, b: number) => number;
  /**
   * The same for integers, if the WGSL serves them too: an exact integer, of which the low 32 bits
   * are the result. Without it the function takes f32 and f16 alone.
   */
  readonly integer?: (a: number, b: number) => number;
  /** f(a, b) = f(b, a) */
  readonly commutative?: true;
  readonly saves?: readonly S[];
  /** dy ↦ dy ⊙ ∂f/∂a, and the same for b. Broadcast results are summed down by the tape. */
  readonly da: (dy: Tensor, saved: Saved<S, "b">) => Tensor;
  readonly db: (dy: Tensor, saved: Saved<S, "a">) => Tensor;
}

/** A function of one tensor: WGSL, float64, derivative. */
export interface UnaryRow<S extends "x" | "out"> {
  /** WGSL: an expression of `x`, a vec4f. */
  readonly wgsl: string;
  readonly f64: (x: number) => number;
  readonly saves?: readonly S[];
  readonly dx: (dy: Tensor, saved: Saved<S>) => Tensor;
}

/** A row without a derivative, whose result is bool. */
export interface TruthRow<F> {
  /** WGSL: an expression with a vec4<bool> or a vec4u of 0 and 1 as its value. */
  readonly wgsl: string;
  readonly f64: F;
  /** What operands may be. */
  readonly elements: readonly Dtype[];
}

/** a, b: tensors whose shapes broadcast, or one of them a number → the broadcast shape. */
export type BinaryFunction = (a: Operand, b: Operand) => Tensor;

/** x, any shape → the same shape. */
export type UnaryFunction = (x: Tensor) => Tensor;

/** What the ops below are made of: a row, with or without derivatives. */
interface BinaryPlan<S extends "a" | "b" | "out"> {
  readonly wgsl: string;
  readonly f64: (dtype: Dtype) => (a: number, b: number) => number;
  readonly elements: readonly Dtype[];
  readonly truth: boolean;
  readonly commutative?: boolean | undefined;
  readonly saves?: readonly S[] | undefined;
  readonly da?: BinaryRow<S>["da"];
  readonly db?: BinaryRow<S>["db"];
}

/**
 * A function of two operands, tensors or numbers, which broadcast: (a, b) → their common shape.
 * @throws (the function) ShapeError where shapes do not broadcast, DtypeError for two element
 * types, UsageError for two numbers.
 */
export function defineBinary<const S extends "a" | "b" | "out" = never>(
  name: string,
  row: BinaryRow<S>,
): BinaryFunction {
  const { integer } = row;
  const elements = integer ? NUMBERS : FLOATS;
  const f64 = (dtype: Dtype) =>
    integer && !FLOATS.includes(dtype) ? wrapped(dtype, integer) : row.f64;
  return binaryFunction(name, { ...row, f64, elements, truth: false });
}

/** A function of two operands whose result is bool. */
export function defineRelation(
  name: string,
  { wgsl, f64, elements }: TruthRow<(a: number, b: number) => number>,
): BinaryFunction {
  return binaryFunction<never>(name, { wgsl, f64: () => f64, elements, truth: true });
}

function binaryFunction<S extends "a" | "b" | "out">(
  name: string,
  plan: BinaryPlan<S>,
): BinaryFunction {
  const both = tensorsOp(name, plan);
  const numbers = numberOps(name, plan);
  return (a, b) => {
    if (typeof b === "number") {
      if (typeof a !== "number") return numbers.last({ a }, { value: b });
      throw new UsageError(
        `${name}: both operands are numbers (${a} and ${b}). Compute with numbers in JavaScript, ` +
          "or make one of them a tensor.",
      );
    }
    if (typeof a === "number") return numbers.first({ b }, { value: a });
    assertTensors(name, { a, b });
    if (sameShape(a.shape, b.shape)) return both({ a, b }, {});
    const shape = broadcastShapes(name, a.shape, b.shape);
    if (planBroadcast(a.shape, b.shape, shape).length <= MAX_BROADCAST_AXES) {
      return both({ a, b }, {});
    }
    return both({ a: broadcastTo(a, shape), b: broadcastTo(b, shape) }, {});
  };
}

function tensorsOp<S extends "a" | "b" | "out">(name: string, plan: BinaryPlan<S>) {
  const { da, db, elements } = plan;
  const run = binaryLauncher(plan);
  return defineOp<"a" | "b", never, S>({
    name,
    inputs: ["a", "b"],
    elements,
    saves: plan.saves ?? [],
    infer: ({ a, b }) => result(plan, broadcastShapes(name, a.shape, b.shape), a),
    gpu: ({ a, b }, out) => run(a, b, out),
    each: plan,
    reference: ({ a, b }, _, { shape, dtype }) => broadcastReference(a, b, shape, plan.f64(dtype)),
    vjp: (saved, dy) => ({
      ...(da && { a: () => da(dy, saved as unknown as Saved<S, "b">) }),
      ...(db && { b: () => db(dy, saved as unknown as Saved<S, "a">) }),
    }),
  });
}

/** The op with a number in place of b (`last`), and in place of a (`first`). */
function numberOps<S extends "a" | "b" | "out">(name: string, plan: BinaryPlan<S>) {
  const { da, db, elements, wgsl, truth } = plan;
  const run = numberLauncher(plan);
  type Attrs = { readonly value: number };
  const infer = (x: TensorSpec, { value }: Attrs): TensorSpec => {
    assertNumber(name, value, x.dtype);
    return result(plan, x.shape, x);
  };
  const saves = <K extends "a" | "b">(side: K) => {
    const kept: readonly string[] = [side, "out"];
    return (plan.saves ?? []).filter((s): s is S & (K | "out") => kept.includes(s));
  };
  const last = defineOp<"a", never, S & ("a" | "out"), Attrs>({
    name,
    inputs: ["a"],
    elements,
    saves: saves("a"),
    infer: ({ a }, attrs) => infer(a, attrs),
    gpu: ({ a }, out, { value }) => run(a, out, value, 0),
    each: { wgsl, truth, numbers: ({ value }) => ({ b: value }) },
    reference: ({ a }, { value }, { dtype }) => a.map((v) => plan.f64(dtype)(v, value)),
    vjp: (saved, dy, { value }) => ({
      ...(da && { a: () => da(dy, { ...saved, b: value } as unknown as Saved<S, "b">) }),
    }),
  });
  const first = defineOp<"b", never, S & ("b" | "out"), Attrs>({
    name,
    inputs: ["b"],
    elements,
    saves: saves("b"),
    infer: ({ b }, attrs) => infer(b, attrs),
    gpu: ({ b }, out, { value }) => run(b, out, value, 1),
    each: { wgsl, truth, numbers: ({ value }) => ({ a: value }) },
    reference: ({ b }, { value }, { dtype }) => b.map((v) => plan.f64(dtype)(value, v)),
    vjp: (saved, dy, { value }) => ({
      ...(db && { b: () => db(dy, { ...saved, a: value } as unknown as Saved<S, "a">) }),
    }),
  });
  return { last, first };
}

/**
 * A function of one tensor, f32 or f16: x, any shape → the same shape.
 * @throws (the function) DtypeError for other element types.
 */
export function defineUnary<const S extends "x" | "out" = never>(
  name: string,
  row: UnaryRow<S>,
): UnaryFunction {
  const run = unaryLauncher({ wgsl: row.wgsl, truth: false });
  const op = defineOp<"x", never, S>({
    name,
    inputs: ["x"],
    elements: FLOATS,
    saves: row.saves ?? [],
    infer: ({ x }) => x.shape,
    gpu: ({ x }, out) => run(x, out),
    each: { wgsl: row.wgsl },
    reference: ({ x }) => x.map((v) => row.f64(v)),
    vjp: (saved, dy) => ({ x: () => row.dx(dy, saved as unknown as Saved<S>) }),
  });
  return (x) => op({ x }, {});
}

/** A function of one tensor whose result is bool. */
export function definePredicate(
  name: string,
  { wgsl, f64, elements }: TruthRow<(x: number) => number>,
): UnaryFunction {
  const run = unaryLauncher({ wgsl, truth: true });
  const op = defineOp({
    name,
    inputs: ["x"],
    elements,
    infer: ({ x }) => ({ shape: x.shape, dtype: "bool" }),
    gpu: ({ x }, out) => run(x, out),
    each: { wgsl, truth: true },
    reference: ({ x }) => x.map((v) => f64(v)),
  });
  return (x) => op({ x }, {});
}

function result({ truth }: { readonly truth: boolean }, shape: Shape, x: TensorSpec): TensorSpec {
  return { shape, dtype: truth ? "bool" : x.dtype };
}

/** The low 32 bits of an integer function, as an element of `dtype`. */
function wrapped(dtype: Dtype, f: (a: number, b: number) => number) {
  return (a: number, b: number): number => (dtype === "i32" ? f(a, b) | 0 : f(a, b) >>> 0);
}
