/** The programs in TensorFlow.js. Only the part of its interface that is used here is typed. */
import type { Ops, Unary } from "../problem.js";

export interface TfTensor {
  readonly shape: number[];
  data(): Promise<ArrayLike<number>>;
  clone(): TfTensor;
  dispose(): void;
}

interface TfVariable extends TfTensor {
  readonly name: string;
  assign(x: TfTensor): void;
}

type Binary = (a: TfTensor, b: TfTensor | number) => TfTensor;
type Function1 = (x: TfTensor) => TfTensor;
type Named = Record<string, TfTensor>;
type Moments = readonly { readonly variable: TfVariable }[];

interface TfAdam {
  readonly accumulatedFirstMoment: Moments;
  readonly accumulatedSecondMoment: Moments;
  applyGradients(grads: Named): void;
  dispose(): void;
}

interface FusedConv {
  x: TfTensor;
  filter: TfTensor;
  strides: number;
  pad: number;
  dataFormat: "NHWC";
  dimRoundingMode: "floor";
  bias?: TfTensor;
}

export interface TfModule {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  backend(): unknown;
  env(): { set(flag: string, value: boolean): void };
  engine(): { runKernel(name: string, inputs: Named, attrs: object): TfTensor };
  tidy<T>(f: () => T): T;
  tensor(data: Float32Array, shape: number[]): TfTensor;
  variable(x: TfTensor, trainable: boolean, name: string): TfVariable;
  grads(f: (...xs: TfTensor[]) => TfTensor): (xs: TfTensor[], dy: TfTensor) => TfTensor[];
  variableGrads(f: () => TfTensor, list: TfVariable[]): { value: TfTensor; grads: Named };
  readonly train: { adam(lr: number, beta1: number, beta2: number, eps: number): TfAdam };
  readonly add: Binary;
  readonly sub: Binary;
  readonly mul: Binary;
  readonly div: Binary;
  readonly exp: Function1;
  readonly tanh: Function1;
  readonly sqrt: Function1;
  readonly rsqrt: Function1;
  readonly square: Function1;
  readonly reciprocal: Function1;
  readonly sigmoid: Function1;
  readonly erf: Function1;
  softmax(x: TfTensor): TfTensor;
  sum(x: TfTensor, axis?: number): TfTensor;
  mean(x: TfTensor, axis: number[], keepDims: boolean): TfTensor;
  reshape(x: TfTensor, shape: number[]): TfTensor;
  transpose(x: TfTensor, order: number[]): TfTensor;
  concat(list: TfTensor[], axis: number): TfTensor;
  split(x: TfTensor, parts: number, axis: number): TfTensor[];
  matMul(a: TfTensor, b: TfTensor, transposeA?: boolean, transposeB?: boolean): TfTensor;
  readonly fused: {
    matMul(o: { a: TfTensor; b: TfTensor; transposeB: boolean; bias?: TfTensor }): TfTensor;
    conv2d(o: FusedConv): TfTensor;
  };
  readonly image: { resizeNearestNeighbor(x: TfTensor, size: [number, number]): TfTensor };
}

export function tfjsOps(tf: TfModule): Ops<TfTensor> {
  const dim = (x: TfTensor, i: number): number => x.shape.at(i) ?? 1;
  const silu = (x: TfTensor): TfTensor => tf.mul(x, tf.sigmoid(x));
  const gelu = (x: TfTensor): TfTensor =>
    tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
  const { tanh, exp, sqrt, square, reciprocal } = tf;
  const unary: Record<Unary, Function1> = { silu, gelu, tanh, exp, sqrt, square, reciprocal };
  const standardized = (x: TfTensor, axes: number[], eps: number): TfTensor => {
    const centred = tf.sub(x, tf.mean(x, axes, true));
    const variance = tf.mean(tf.square(centred), axes, true);
    return tf.mul(centred, tf.rsqrt(tf.add(variance, eps)));
  };
  const affine = (x: TfTensor, w: TfTensor, b: TfTensor) => tf.add(tf.mul(x, w), b);
  const heads = (x: TfTensor, count: number): TfTensor => {
    const shape = [dim(x, 0), dim(x, 1), count, dim(x, 2) / count];
    return tf.transpose(tf.reshape(x, shape), [0, 2, 1, 3]);
  };
  return {
    shape: (x) => x.shape,
    add: tf.add,
    sub: tf.sub,
    mul: tf.mul,
    unary: (name, x) => unary[name](x),
    sum: (x, axis) => (axis === undefined ? tf.sum(x) : tf.sum(x, axis)),
    softmax: (x) => tf.softmax(x),
    matmul: (a, b, { transposeA = false, transposeB = false } = {}) =>
      tf.matMul(a, b, transposeA, transposeB),
    linear: (x, w, bias) => {
      const a = tf.reshape(x, [-1, dim(x, -1)]);
      const y = tf.fused.matMul({ a, b: w, transposeB: true, ...(bias && { bias }) });
      return tf.reshape(y, [...x.shape.slice(0, -1), dim(w, 0)]);
    },
    conv2d: (x, filter, { stride: strides, padding: pad }, bias) =>
      tf.fused.conv2d({
        ...{ x, filter, strides, pad, dataFormat: "NHWC", dimRoundingMode: "floor" },
        ...(bias && { bias }),
      }),
    convInputGrad: (dy, filter, [n = 1, c = 1, h = 1, w = 1], { stride, padding: pad }) =>
      tf
        .engine()
        .runKernel(
          "Conv2DBackpropInput",
          { dy, filter },
          { strides: stride, pad, dataFormat: "NHWC", inputShape: [n, h, w, c] },
        ),
    convWeightGrad: (x, dy, [o = 1, i = 1, kh = 1, kw = 1], { stride, padding: pad }) =>
      tf
        .engine()
        .runKernel(
          "Conv2DBackpropFilter",
          { x, dy },
          { strides: stride, pad, dataFormat: "NHWC", filterShape: [kh, kw, i, o] },
        ),
    groupNorm: (x, w, b, { groups, eps, silu: both }) => {
      const [n, pixels, c] = [dim(x, 0), dim(x, 1) * dim(x, 2), dim(x, 3)];
      const grouped = tf.reshape(x, [n, pixels, groups, c / groups]);
      const y = affine(tf.reshape(standardized(grouped, [1, 3], eps), x.shape), w, b);
      return both ? silu(y) : y;
    },
    layerNorm: (x, w, b) => affine(standardized(x, [x.shape.length - 1], 1e-5), w, b),
    attention: (q, k, v, count, mask) => {
      const scale = (dim(q, 2) / count) ** -0.5;
      const scores = tf.matMul(tf.mul(heads(q, count), scale), heads(k, count), false, true);
      const bias = mask && tf.reshape(mask, [dim(mask, 0), 1, 1, dim(mask, 1)]);
      const weights = tf.softmax(bias ? tf.add(scores, bias) : scores);
      const y = tf.transpose(tf.matMul(weights, heads(v, count)), [0, 2, 1, 3]);
      return tf.reshape(y, q.shape);
    },
    geglu: (x) => {
      const [h, g] = tf.split(x, 2, x.shape.length - 1);
      if (!h || !g) throw new Error("split gave no halves");
      return tf.mul(h, gelu(g));
    },
    addChannels: (x, v) => tf.add(x, tf.reshape(v, [dim(v, 0), 1, 1, dim(v, 1)])),
    concatChannels: (a, b) => tf.concat([a, b], 3),
    upsample: (x) => tf.image.resizeNearestNeighbor(x, [2 * dim(x, 1), 2 * dim(x, 2)]),
    tokens: (x) => tf.reshape(x, [dim(x, 0), dim(x, 1) * dim(x, 2), dim(x, 3)]),
    picture: (x, [n = 1, c = 1, h = 1, w = 1]) => tf.reshape(x, [n, h, w, c]),
  };
}
