/**
 * What a row computes, written once for all engines: a program over a small set of operations that
 * each engine translates into its own best public calls. Pictures are NCHW and kernels OIHW here;
 * an engine that is faster in another layout keeps its tensors in that one (`Layout` says which
 * inputs and results it has to turn around).
 */
export type Shape = readonly number[];
export type Layout = "plain" | "picture" | "kernel";

export interface Input {
  readonly shape: Shape;
  readonly layout?: Layout;
  /** The same in every call: engines may prepare it before the first one. */
  readonly weight?: boolean;
  /** Values are uniform in `centre` ± `spread`. */
  readonly centre?: number;
  readonly spread?: number;
  readonly seed: number;
}

export type Unary = "silu" | "gelu" | "tanh" | "exp" | "sqrt" | "square" | "reciprocal";

export interface ConvOptions {
  readonly stride: number;
  readonly padding: number;
}

export interface Ops<T> {
  shape(x: T): Shape;
  add(a: T, b: T | number): T;
  sub(a: T, b: T): T;
  mul(a: T, b: T | number): T;
  unary(name: Unary, x: T): T;
  /** Over one axis (counted from the front), or over all: [] then. */
  sum(x: T, axis?: number): T;
  softmax(x: T): T;
  matmul(a: T, b: T, options?: { transposeA?: boolean; transposeB?: boolean }): T;
  /** x [..., in], w [out, in], b [out] → [..., out] */
  linear(x: T, w: T, b?: T): T;
  conv2d(x: T, w: T, options: ConvOptions, b?: T): T;
  /** dx of x [N, C, H, W] at stride 1 */
  convInputGrad(dy: T, w: T, x: Shape, options: ConvOptions): T;
  /** dw of w [O, C, K, K] at stride 1 */
  convWeightGrad(x: T, dy: T, w: Shape, options: ConvOptions): T;
  groupNorm(x: T, w: T, b: T, options: { groups: number; eps: number; silu?: boolean }): T;
  layerNorm(x: T, w: T, b: T): T;
  /** q [B, T, C], k and v [B, S, C], mask [B, S] added to the scores → [B, T, C] */
  attention(q: T, k: T, v: T, heads: number, mask?: T): T;
  /** x [..., 2C] → [..., C]: the first half times gelu of the second */
  geglu(x: T): T;
  /** x [N, C, H, W] + v [N, C] */
  addChannels(x: T, v: T): T;
  concatChannels(a: T, b: T): T;
  upsample(x: T): T;
  /** [N, C, H, W] → [N, HW, C] */
  tokens(x: T): T;
  /** [N, HW, C] → [N, C, H, W] */
  picture(x: T, shape: Shape): T;
}

/** The inputs by their number. */
export type Inputs<T> = (i: number) => T;

export interface Problem {
  readonly inputs: readonly Input[];
  /**
   * Forward: the results. With `wrt`: the last input is the cotangent of the first result, and the
   * results are the gradients of those inputs. With `train`: one value, the loss, and a call is a
   * step of AdamW on every input marked `weight`; the result of a call is the loss.
   */
  program<T>(ops: Ops<T>, x: Inputs<T>): readonly T[];
  readonly wrt?: readonly number[];
  readonly train?: AdamWNumbers;
  /** Layouts of the results; plain without. */
  readonly results?: readonly Layout[];
  /** "eager": op by op, as a program is written; else an engine may compile the whole. */
  readonly style?: "eager" | "compiled";
  /** So many launches, each x₀ ← x₀ + x₁: what launches cost without an engine is measured beside it. */
  readonly launches?: number;
  /** One result, each element from the same elements of the inputs: one kernel where an engine can. */
  readonly elementwise?: boolean;
  /** Engines that have a function of their own for the whole problem know it by this name. */
  readonly special?: "adamw";
  /** Calls after which the result is checked, where calls build on each other. Default 1. */
  readonly checkAfter?: number;
}

export interface AdamWNumbers {
  readonly lr: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
}

export const sizeOf = (shape: Shape): number => shape.reduce((a, b) => a * b, 1);

/** The values of an input: the same in every process. */
export function values({
  shape,
  centre = 0,
  spread = 0.5,
  seed,
}: Input): Float32Array<ArrayBuffer> {
  const out = new Float32Array(sizeOf(shape));
  for (let i = 0; i < out.length; i++) {
    out[i] = centre + spread * (2 * hash(i + Math.imul(seed, 0x9e3779b1)) - 1);
  }
  return out;
}

/** 32 bits mixed (Ellis' lowbias32), as a number in [0, 1). */
function hash(x: number): number {
  let h = x | 0;
  h = Math.imul(h ^ (h >>> 16), 0x21f0aaad);
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97);
  return ((h ^ (h >>> 15)) >>> 0) / 2 ** 32;
}

/** Turns a rank-4 array around: result axis i is the given axis order[i]. */
export function permuted(
  data: Float32Array,
  shape: Shape,
  order: readonly number[],
): Float32Array<ArrayBuffer> {
  const strides = shape.map((_, i) => sizeOf(shape.slice(i + 1)));
  const [n0 = 1, n1 = 1, n2 = 1, n3 = 1] = order.map((axis) => shape[axis] ?? 1);
  const [s0 = 0, s1 = 0, s2 = 0, s3 = 0] = order.map((axis) => strides[axis] ?? 0);
  const out = new Float32Array(data.length);
  let at = 0;
  for (let a = 0; a < n0; a++)
    for (let b = 0; b < n1; b++)
      for (let c = 0; c < n2; c++)
        for (let d = 0; d < n3; d++) out[at++] = data[a * s0 + b * s1 + c * s2 + d * s3] ?? 0;
  return out;
}

/** The list as a function that knows its length. */
export function inputsOf<T>(list: readonly T[]): Inputs<T> {
  return (i) => {
    const x = list[i];
    if (x === undefined) throw new Error(`The program asks for input ${i} of ${list.length}.`);
    return x;
  };
}
