/** The programs in jax-js. Only the part of its interface that is used here is typed. */
import type { Ops, Unary } from "../problem.js";

export interface JaxArray {
  readonly shape: readonly number[];
  /** Another reference: operations consume what they are given. */
  readonly ref: JaxArray;
  add(x: number): JaxArray;
  mul(x: number): JaxArray;
  reshape(shape: number[]): JaxArray;
  data(): Promise<ArrayLike<number>>;
  blockUntilReady(): Promise<unknown>;
  dispose(): void;
}

type Binary = (a: JaxArray, b: JaxArray) => JaxArray;
type Function1 = (x: JaxArray) => JaxArray;
/** Functions of arrays to arrays. */
type Whole = (...xs: JaxArray[]) => readonly JaxArray[];
/** A number beside a dotted index: keeps `any` out. */
type Pads = [number, number][];

export interface JaxModule {
  init(device: string): Promise<readonly string[]>;
  defaultDevice(device: string): unknown;
  getWebGPUDevice(): { destroy(): void };
  jit<F extends (...xs: never[]) => readonly JaxArray[]>(f: F): Whole;
  vjp(
    f: (...xs: JaxArray[]) => JaxArray,
    primals: JaxArray[],
  ): [JaxArray, (dy: JaxArray) => readonly JaxArray[]];
  valueAndGrad(
    f: (...xs: JaxArray[]) => JaxArray,
    options: { argnums: number[] },
  ): (...xs: JaxArray[]) => [JaxArray, readonly JaxArray[]];
  readonly numpy: {
    array(data: Float32Array): JaxArray;
    zeros(shape: number[]): JaxArray;
    readonly add: Binary;
    readonly subtract: Binary;
    readonly multiply: Binary;
    readonly trueDivide: Binary;
    readonly matmul: Binary;
    readonly exp: Function1;
    readonly tanh: Function1;
    readonly sqrt: Function1;
    readonly square: Function1;
    readonly reciprocal: Function1;
    sum(x: JaxArray, axis?: number): JaxArray;
    transpose(x: JaxArray, order: number[]): JaxArray;
    concatenate(list: JaxArray[], axis: number): JaxArray;
    repeat(x: JaxArray, count: number, axis: number): JaxArray;
    split(x: JaxArray, parts: number, axis: number): JaxArray[];
  };
  readonly nn: {
    readonly silu: Function1;
    gelu(x: JaxArray, options: { approximate: boolean }): JaxArray;
    softmax(x: JaxArray, axis: number): JaxArray;
    standardize(x: JaxArray, axis: number, options: { epsilon: number }): JaxArray;
    dotProductAttention(
      q: JaxArray,
      k: JaxArray,
      v: JaxArray,
      options: { bias?: JaxArray },
    ): JaxArray;
  };
  readonly lax: {
    convGeneralDilated(x: JaxArray, w: JaxArray, strides: number[], pads: Pads): JaxArray;
  };
}

export function jaxOps(jax: JaxModule): Ops<JaxArray> {
  const { numpy: np, nn, lax } = jax;
  const unary: Record<Unary, Function1> = {
    silu: nn.silu,
    gelu: (x) => nn.gelu(x, { approximate: false }),
    tanh: np.tanh,
    exp: np.exp,
    sqrt: np.sqrt,
    square: np.square,
    reciprocal: np.reciprocal,
  };
  const shaped = (x: JaxArray, shape: readonly number[]) => x.ref.reshape([...shape]);
  const dim = (x: JaxArray, i: number): number => x.shape[i] ?? 1;
  const conv: Ops<JaxArray>["conv2d"] = (x, w, { stride, padding: p }, b) => {
    const pads: Pads = [
      [p, p],
      [p, p],
    ];
    const y = lax.convGeneralDilated(x.ref, w.ref, [stride, stride], pads);
    return b ? np.add(y, shaped(b, [1, dim(b, 0), 1, 1])) : y;
  };
  /** Scale and shift along axis 1. */
  const affine = (x: JaxArray, w: JaxArray, b: JaxArray): JaxArray => {
    const shape = [1, dim(w, 0), ...x.shape.slice(2).map(() => 1)];
    return np.add(np.multiply(x, shaped(w, shape)), shaped(b, shape));
  };
  return {
    shape: (x) => x.shape,
    add: (a, b) => (typeof b === "number" ? a.ref.add(b) : np.add(a.ref, b.ref)),
    sub: (a, b) => np.subtract(a.ref, b.ref),
    mul: (a, b) => (typeof b === "number" ? a.ref.mul(b) : np.multiply(a.ref, b.ref)),
    unary: (name, x) => unary[name](x.ref),
    sum: (x, axis) => (axis === undefined ? np.sum(x.ref) : np.sum(x.ref, axis)),
    softmax: (x) => nn.softmax(x.ref, -1),
    matmul: (a, b, { transposeA, transposeB } = {}) => {
      // A transposition is a view. (einsum needs iterator helpers, which Node 20 lacks.)
      const flipped = (x: JaxArray): JaxArray => {
        const axes = x.shape.map((_, i) => i);
        const [last = 1, other = 0] = [axes.pop(), axes.pop()];
        return np.transpose(x.ref, [...axes, last, other]);
      };
      return np.matmul(transposeA ? flipped(a) : a.ref, transposeB ? flipped(b) : b.ref);
    },
    linear: (x, w, b) => {
      const y = np.matmul(x.ref, np.transpose(w.ref, [1, 0]));
      return b ? np.add(y, b.ref) : y;
    },
    conv2d: conv,
    convInputGrad: (dy, w, x, options) => {
      const [value, pullback] = jax.vjp((at) => conv(at, w, options), [np.zeros([...x])]);
      value.dispose();
      return inputOf(pullback(dy.ref));
    },
    convWeightGrad: (x, dy, w, options) => {
      const [value, pullback] = jax.vjp((at) => conv(x, at, options), [np.zeros([...w])]);
      value.dispose();
      return inputOf(pullback(dy.ref));
    },
    groupNorm: (x, w, b, { groups, eps: epsilon, silu }) => {
      const rows = shaped(x, [dim(x, 0), groups, -1]);
      const y = affine(nn.standardize(rows, -1, { epsilon }).reshape([...x.shape]), w, b);
      return silu ? nn.silu(y) : y;
    },
    layerNorm: (x, w, b) =>
      np.add(np.multiply(nn.standardize(x.ref, -1, { epsilon: 1e-5 }), w.ref), b.ref),
    attention: (q, k, v, heads, mask) => {
      const split = (x: JaxArray) => {
        const [n, t, c] = [dim(x, 0), dim(x, 1), dim(x, 2)];
        return shaped(x, [n, t, heads, c / heads]);
      };
      const bias = mask && { bias: shaped(mask, [dim(mask, 0), 1, 1, dim(mask, 1)]) };
      const y = nn.dotProductAttention(split(q), split(k), split(v), bias ?? {});
      return y.reshape([...q.shape]);
    },
    geglu: (x) => {
      const [h, g] = np.split(x.ref, 2, -1);
      if (!h || !g) throw new Error("split gave no halves");
      return np.multiply(h, unary.gelu(g));
    },
    addChannels: (x, v) => np.add(x.ref, shaped(v, [...v.shape, 1, 1])),
    concatChannels: (a, b) => np.concatenate([a.ref, b.ref], 1),
    upsample: (x) => np.repeat(np.repeat(x.ref, 2, 2), 2, 3),
    tokens: (x) => {
      const flat = shaped(x, [dim(x, 0), dim(x, 1), dim(x, 2) * dim(x, 3)]);
      return np.transpose(flat, [0, 2, 1]);
    },
    picture: (x, shape) => np.transpose(x.ref, [0, 2, 1]).reshape([...shape]),
  };
}

function inputOf(list: readonly JaxArray[]): JaxArray {
  const [first] = list;
  if (!first) throw new Error("no gradient came back");
  return first;
}
