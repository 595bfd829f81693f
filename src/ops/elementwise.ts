/**
 * Makes ops out of the rows of binary.ts and unary.ts: one row says a function in WGSL, in float64,
 * and its derivative; the kernels, broadcasting and numbers in place of tensors are alike for all.
 */
import { broadcastTo } from "../autograd/cotangent.js";
import { defineOp } from "../autograd/define-op.js";
import { UsageError } from "../errors.js";
import { kernel } from "../shaders/kernel.js";
import { NdArray } from "../tensor/ndarray.js";
import { broadcastShapes, broadcastStrides, type Shape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { broadcastCall, MAX_BROADCAST_AXES, planBroadcast } from "./broadcast.js";

/** A tensor, or a number that stands for a tensor full of it (and is never uploaded). */
export type Operand = Tensor | number;

/** What derivatives read: the result, or operands; only the `Other` operand may be a number. */
type Saved<S extends string, Other extends string = never> = {
  readonly [K in S]: K extends Other ? Operand : Tensor;
};

export interface BinaryRow<S extends "a" | "b" | "out"> {
  /** WGSL: an expression of `a` and `b`, both vec4f. */
  readonly wgsl: string;
  /** The same in float64. */
  readonly f64: (a: number, b: number) => number;
  readonly saves?: readonly S[];
  /** dy ↦ dy ⊙ ∂f/∂a, and the same for b. Broadcast results are summed down by the tape. */
  readonly da: (dy: Tensor, saved: Saved<S, "b">) => Tensor;
  readonly db: (dy: Tensor, saved: Saved<S, "a">) => Tensor;
}

export interface UnaryRow<S extends "x" | "out"> {
  /** WGSL: an expression of `x`, a vec4f. */
  readonly wgsl: string;
  readonly f64: (x: number) => number;
  readonly saves?: readonly S[];
  readonly dx: (dy: Tensor, saved: Saved<S>) => Tensor;
}

/** a, b: tensors whose shapes broadcast, or one of them a number → the broadcast shape. */
export type BinaryFunction = (a: Operand, b: Operand) => Tensor;

/** x, any shape → the same shape. */
export type UnaryFunction = (x: Tensor) => Tensor;

const VECTORS = { vectors: "u32" } as const;
const NUMBER = { vectors: "u32", value: "f32" } as const;
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

export function defineBinary<const S extends "a" | "b" | "out" = never>(
  name: string,
  row: BinaryRow<S>,
): BinaryFunction {
  const both = tensorsOp(name, row);
  const numbers = numberOps(name, row);
  return (a, b) => {
    if (typeof b === "number") {
      if (typeof a !== "number") return numbers.last({ a }, { value: b });
      throw new UsageError(
        `${name}: both operands are numbers (${a} and ${b}). Compute with numbers in JavaScript, ` +
          "or make one of them a tensor.",
      );
    }
    if (typeof a === "number") return numbers.first({ b }, { value: a });
    const shape = broadcastShapes(name, a.shape, b.shape);
    if (planBroadcast(a.shape, b.shape, shape).length <= MAX_BROADCAST_AXES) {
      return both({ a, b }, {});
    }
    return both({ a: broadcastTo(a, shape), b: broadcastTo(b, shape) }, {});
  };
}

function tensorsOp<S extends "a" | "b" | "out">(name: string, row: BinaryRow<S>) {
  const run = binaryKernels(row.wgsl);
  return defineOp<"a" | "b", never, S>({
    name,
    inputs: ["a", "b"],
    saves: row.saves ?? [],
    infer: ({ a, b }) => broadcastShapes(name, a.shape, b.shape),
    gpu: ({ a, b }, out) => run(a, b, out),
    reference: ({ a, b }, _, { shape }) => broadcastReference(a, b, shape, row.f64),
    vjp: (saved, dy) => ({
      a: () => row.da(dy, saved as unknown as Saved<S, "b">),
      b: () => row.db(dy, saved as unknown as Saved<S, "a">),
    }),
  });
}

/** The op with a number in place of b (`last`), and in place of a (`first`). */
function numberOps<S extends "a" | "b" | "out">(name: string, row: BinaryRow<S>) {
  const run = kernel("elementwise_number", NUMBER, binaryPrelude(row.wgsl));
  const launch = (x: Tensor, out: Tensor, value: number, NUMBER_FIRST: 0 | 1): void => {
    const { vectors, groups } = vectorGrid(out);
    run({ tensors: [x, out], params: { vectors, value }, groups, overrides: { NUMBER_FIRST } });
  };
  type Attrs = { readonly value: number };
  const saves = <K extends "a" | "b">(side: K) => {
    const kept: readonly string[] = [side, "out"];
    return (row.saves ?? []).filter((s): s is S & (K | "out") => kept.includes(s));
  };
  const last = defineOp<"a", never, S & ("a" | "out"), Attrs>({
    name,
    inputs: ["a"],
    saves: saves("a"),
    infer: ({ a }) => a.shape,
    gpu: ({ a }, out, { value }) => launch(a, out, value, 0),
    reference: ({ a }, { value }) => a.map((v) => row.f64(v, value)),
    vjp: (saved, dy, { value }) => ({
      a: () => row.da(dy, { ...saved, b: value } as unknown as Saved<S, "b">),
    }),
  });
  const first = defineOp<"b", never, S & ("b" | "out"), Attrs>({
    name,
    inputs: ["b"],
    saves: saves("b"),
    infer: ({ b }) => b.shape,
    gpu: ({ b }, out, { value }) => launch(b, out, value, 1),
    reference: ({ b }, { value }) => b.map((v) => row.f64(value, v)),
    vjp: (saved, dy, { value }) => ({
      b: () => row.db(dy, { ...saved, a: value } as unknown as Saved<S, "a">),
    }),
  });
  return { last, first };
}

export function defineUnary<const S extends "x" | "out" = never>(
  name: string,
  row: UnaryRow<S>,
): UnaryFunction {
  const run = kernel(
    "elementwise_unary",
    VECTORS,
    `fn f(x: vec4f) -> vec4f { return ${row.wgsl}; }`,
  );
  const op = defineOp<"x", never, S>({
    name,
    inputs: ["x"],
    saves: row.saves ?? [],
    infer: ({ x }) => x.shape,
    gpu: ({ x }, out) => {
      const { vectors, groups } = vectorGrid(out);
      run({ tensors: [x, out], params: { vectors }, groups });
    },
    reference: ({ x }) => x.map((v) => row.f64(v)),
    vjp: (saved, dy) => ({ x: () => row.dx(dy, saved as unknown as Saved<S>) }),
  });
  return (x) => op({ x }, {});
}

/** Runs a binary function by the kernel that suits the shapes. */
function binaryKernels(wgsl: string) {
  const prelude = binaryPrelude(wgsl);
  const sameShape = kernel("elementwise_binary", VECTORS, prelude);
  const byVectors = kernel("elementwise_broadcast", BROADCAST, prelude);
  const byElements = kernel("elementwise_broadcast_scalar", BROADCAST, prelude);
  return (a: Tensor, b: Tensor, out: Tensor): void => {
    const tensors = [a, b, out] as const;
    if (a.size === out.size && b.size === out.size) {
      const { vectors, groups } = vectorGrid(out);
      sameShape({ tensors, params: { vectors }, groups });
      return;
    }
    const plan = broadcastCall(planBroadcast(a.shape, b.shape, out.shape));
    const { params, overrides } = plan;
    const groups = Math.ceil(params.total / 64);
    (plan.vector ? byVectors : byElements)({ tensors, params, groups, overrides });
  };
}

function binaryPrelude(wgsl: string): string {
  return `fn f(a: vec4f, b: vec4f) -> vec4f { return ${wgsl}; }`;
}

function vectorGrid({ size }: Tensor): { readonly vectors: number; readonly groups: number } {
  const vectors = Math.ceil(size / 4);
  return { vectors, groups: Math.ceil(vectors / 64) };
}

function broadcastReference(
  a: NdArray,
  b: NdArray,
  shape: Shape,
  f: (a: number, b: number) => number,
): NdArray {
  const strides_a = broadcastStrides(a.shape, shape);
  const strides_b = broadcastStrides(b.shape, shape);
  return NdArray.build(shape, (index) => {
    let at_a = 0;
    let at_b = 0;
    index.forEach((i, axis) => {
      at_a += i * (strides_a[axis] ?? 0);
      at_b += i * (strides_b[axis] ?? 0);
    });
    return f(a.flat(at_a), b.flat(at_b));
  });
}
