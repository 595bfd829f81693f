/**
 * The programs as ONNX graphs: every operation adds nodes, and a value is a name with its shape.
 * onnxruntime's own fused operators are used where it has them (attention), the standard ones else.
 */
import type { Ops, Shape, Unary } from "../problem.js";
import { type Attribute, encodeOnnx, type OnnxConstant, type OnnxNode } from "./encode.js";

export interface Value {
  readonly name: string;
  readonly shape: Shape;
}

/** What ONNX cannot express: the row is not for this engine. */
export class NotExpressible extends Error {}

const UNARY: Readonly<Record<Exclude<Unary, "silu" | "square">, string>> = {
  gelu: "Gelu",
  tanh: "Tanh",
  exp: "Exp",
  sqrt: "Sqrt",
  reciprocal: "Reciprocal",
};

export class GraphBuilder {
  private readonly nodes: OnnxNode[] = [];
  private readonly constants: OnnxConstant[] = [];
  private readonly inputs: Value[] = [];
  private count = 0;
  /** Whether something was expressed by standard operators in place of a fused one. */
  composed = false;

  input(shape: Shape): Value {
    const value = { name: `x${this.inputs.length}`, shape };
    this.inputs.push(value);
    return value;
  }

  constant(data: Float32Array | BigInt64Array, shape: Shape): Value {
    const value = { name: `c${this.constants.length}`, shape };
    this.constants.push({ ...value, data });
    return value;
  }

  /** One node with one result. */
  node(
    type: string,
    inputs: readonly (Value | undefined)[],
    shape: Shape,
    attributes: Readonly<Record<string, Attribute>> = {},
    domain = "",
  ): Value {
    const name = `v${this.count++}`;
    const names = inputs.map((input) => input?.name ?? "");
    this.nodes.push({ type, domain, inputs: names, outputs: [name], attributes });
    return { name, shape };
  }

  /** int64 [n] */
  ints(list: readonly number[]): Value {
    return this.constant(BigInt64Array.from(list.map(BigInt)), [list.length]);
  }

  encode(outputs: readonly Value[]): Uint8Array {
    const { nodes, inputs, constants } = this;
    return encodeOnnx({ nodes, inputs, outputs, constants });
  }
}

const dim = (x: Value, i: number): number => x.shape.at(i) ?? 1;

/** Right-aligned shapes, the larger size each. */
function broadcast(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => Math.max(a.at(i - rank) ?? 1, b.at(i - rank) ?? 1));
}

/** @param fused attention by onnxruntime's own operator; else by two products and a softmax */
export function onnxOps(g: GraphBuilder, fused = true): Ops<Value> {
  const scalar = (x: number): Value => g.constant(Float32Array.of(x), []);
  const two = (type: string, a: Value, b: Value | number): Value => {
    const right = typeof b === "number" ? scalar(b) : b;
    return g.node(type, [a, right], broadcast(a.shape, right.shape));
  };
  const reshape = (x: Value, shape: Shape): Value => g.node("Reshape", [x, g.ints(shape)], shape);
  const transpose = (x: Value, perm: readonly number[]): Value =>
    g.node(
      "Transpose",
      [x],
      perm.map((axis) => dim(x, axis)),
      { perm: { ints: perm } },
    );
  const silu = (x: Value): Value => two("Mul", x, g.node("Sigmoid", [x], x.shape));
  const flipped = (x: Value): Value => {
    const order = x.shape.map((_, i) => i);
    return transpose(x, [...order.slice(0, -2), order.length - 1, order.length - 2]);
  };
  const matmul = (a: Value, b: Value): Value => {
    const lead = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2));
    return g.node("MatMul", [a, b], [...lead, dim(a, -2), dim(b, -1)]);
  };
  const convAttributes = (w: Value, stride: number, p: number) => ({
    kernel_shape: { ints: w.shape.slice(2) },
    strides: { ints: [stride, stride] },
    pads: { ints: [p, p, p, p] },
  });
  const half = (x: Value, which: number): Value => {
    const c = dim(x, -1) / 2;
    const [from, to] = [g.ints([which * c]), g.ints([(which + 1) * c])];
    return g.node("Slice", [x, from, to, g.ints([-1])], [...x.shape.slice(0, -1), c]);
  };
  return {
    shape: (x) => x.shape,
    add: (a, b) => two("Add", a, b),
    sub: (a, b) => two("Sub", a, b),
    mul: (a, b) => two("Mul", a, b),
    unary: (name, x) => {
      if (name === "silu") return silu(x);
      if (name === "square") return two("Mul", x, x);
      return g.node(UNARY[name], [x], x.shape);
    },
    sum: (x, axis) => {
      const axes = axis === undefined ? x.shape.map((_, i) => i) : [axis];
      const shape = x.shape.filter((_, i) => !axes.includes(i));
      return g.node("ReduceSum", [x, g.ints(axes)], shape, { keepdims: { int: 0 } });
    },
    softmax: (x) => g.node("Softmax", [x], x.shape, { axis: { int: -1 } }),
    matmul: (a, b, { transposeA, transposeB } = {}) => {
      if (a.shape.length === 2 && (transposeA || transposeB)) {
        const [m, n] = [dim(a, transposeA ? 1 : 0), dim(b, transposeB ? 0 : 1)];
        const flags = {
          transA: { int: transposeA ? 1 : 0 },
          transB: { int: transposeB ? 1 : 0 },
        };
        return g.node("Gemm", [a, b], [m, n], flags);
      }
      return matmul(transposeA ? flipped(a) : a, transposeB ? flipped(b) : b);
    },
    linear: (x, w, b) => {
      const y = matmul(x, transpose(w, [1, 0]));
      return b ? two("Add", y, b) : y;
    },
    conv2d: (x, w, { stride, padding: p }, b) => {
      const out = (i: number): number => Math.floor((dim(x, i) + 2 * p - dim(w, i)) / stride) + 1;
      const shape = [dim(x, 0), dim(w, 0), out(2), out(3)];
      return g.node("Conv", b ? [x, w, b] : [x, w], shape, convAttributes(w, stride, p));
    },
    convInputGrad: (dy, w, x, { stride, padding }) =>
      g.node("ConvTranspose", [dy, w], x, convAttributes(w, stride, padding)),
    convWeightGrad: () => {
      throw new NotExpressible("onnxruntime has no gradients");
    },
    groupNorm: (x, w, b, { groups, eps, silu: both }) => {
      const rows = reshape(x, [
        dim(x, 0),
        groups,
        x.shape.slice(1).reduce((p, q) => p * q, 1) / groups,
      ]);
      const [one, nil] = [1, 0].map((v) => g.constant(new Float32Array(groups).fill(v), [groups]));
      const epsilon = { epsilon: { float: eps } };
      const y = g.node("InstanceNormalization", [rows, one, nil], rows.shape, epsilon);
      const shape = [1, dim(x, 1), ...x.shape.slice(2).map(() => 1)];
      const scaled = two("Mul", reshape(y, x.shape), reshape(w, shape));
      const shifted = two("Add", scaled, reshape(b, shape));
      return both ? silu(shifted) : shifted;
    },
    layerNorm: (x, w, b) => {
      const attributes = { axis: { int: -1 }, epsilon: { float: 1e-5 } };
      return g.node("LayerNormalization", [x, w, b], x.shape, attributes);
    },
    attention: (q, k, v, heads, mask) => {
      if (!fused) return composedAttention(q, k, v, heads, mask);
      const shape = mask && [dim(mask, 0), 1, 1, dim(mask, 1)];
      const expanded =
        mask && shape && expand(reshape(mask, shape), [dim(mask, 0), heads, dim(q, 1), dim(k, 1)]);
      const inputs = [q, k, v, undefined, undefined, ...(expanded ? [expanded] : [])];
      const given = expanded ? inputs : [q, k, v];
      const attributes = { num_heads: { int: heads } };
      return g.node("MultiHeadAttention", given, q.shape, attributes, "com.microsoft");
    },
    geglu: (x) => {
      const gate = half(x, 1);
      return two("Mul", half(x, 0), g.node("Gelu", [gate], gate.shape));
    },
    addChannels: (x, v) => two("Add", x, reshape(v, [dim(v, 0), dim(v, 1), 1, 1])),
    concatChannels: (a, b) => {
      const shape = [dim(a, 0), dim(a, 1) + dim(b, 1), dim(a, 2), dim(a, 3)];
      return g.node("Concat", [a, b], shape, { axis: { int: 1 } });
    },
    upsample: (x) => {
      const shape = [dim(x, 0), dim(x, 1), 2 * dim(x, 2), 2 * dim(x, 3)];
      const scales = g.constant(Float32Array.of(1, 1, 2, 2), [4]);
      const attributes = {
        mode: { text: "nearest" },
        coordinate_transformation_mode: { text: "asymmetric" },
        nearest_mode: { text: "floor" },
      };
      return g.node("Resize", [x, undefined, scales], shape, attributes);
    },
    tokens: (x) => transpose(reshape(x, [dim(x, 0), dim(x, 1), dim(x, 2) * dim(x, 3)]), [0, 2, 1]),
    picture: (x, shape) => reshape(transpose(x, [0, 2, 1]), shape),
  };

  function composedAttention(q: Value, k: Value, v: Value, heads: number, mask?: Value): Value {
    g.composed = true;
    const split = (x: Value): Value => {
      const c = dim(x, 2) / heads;
      return transpose(reshape(x, [dim(x, 0), dim(x, 1), heads, c]), [0, 2, 1, 3]);
    };
    const scale = (dim(q, 2) / heads) ** -0.5;
    const scores = two("Mul", matmul(split(q), flipped(split(k))), scale);
    const bias = mask && reshape(mask, [dim(mask, 0), 1, 1, dim(mask, 1)]);
    const z = bias ? two("Add", scores, bias) : scores;
    const weights = g.node("Softmax", [z], z.shape, { axis: { int: -1 } });
    return reshape(transpose(matmul(weights, split(v)), [0, 2, 1, 3]), q.shape);
  }

  function expand(x: Value, shape: Shape): Value {
    return g.node("Expand", [x, g.ints(shape)], shape);
  }
}
