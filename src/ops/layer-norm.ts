/**
 * Layer normalisation over the last axis (Ba, Kiros and Hinton, 2016).
 *
 *     x̂ = (x − mean x) / √(var x + eps)          y = weight x̂ + bias
 *
 * With g = weight dy and means over the row:
 *
 *     dx = (g − mean g − x̂ mean(g x̂)) / √(var x + eps)      dweight = Σ_rows dy x̂      dbias = Σ_rows dy
 */
import { composedVjp } from "../autograd/composed.js";
import { defineOp } from "../autograd/define-op.js";
import { ShapeError } from "../errors.js";
import { kernel } from "../shaders/kernel.js";
import { ones, zeros } from "../tensor/create.js";
import { FLOATS } from "../tensor/dtype.js";
import { known, type Shape, showShape } from "../tensor/shape.js";
import type { Tensor, TensorSpec } from "../tensor/tensor.js";
import { add, mul, sub } from "./binary.js";
import { shareRows } from "./shared/row-threads.js";
import { asRows, atLeastRank } from "./shared/rows.js";
import { sum } from "./sum.js";
import { rsqrt, square } from "./unary.js";

/** `eps` is added to the variance. */
export interface LayerNormOptions {
  readonly eps: number;
  /** [C] */
  readonly weight: Tensor;
  /** [C] */
  readonly bias: Tensor;
}

interface Attrs {
  readonly eps: number;
}

const PARAMS = { rows: "u32", cols: "u32", eps: "f32" } as const;

/** A kernel by elements, and one by fours. */
const forward = [kernel("layer_norm.scalar", PARAMS), kernel("layer_norm.vec4", PARAMS)] as const;
const gradient = [
  kernel("layer_norm.grad.scalar", PARAMS),
  kernel("layer_norm.grad.vec4", PARAMS),
] as const;

const op = defineOp({
  name: "layerNorm",
  inputs: ["x", "weight", "bias"],
  elements: FLOATS,
  saves: ["x", "weight"],
  infer: ({ x, weight, bias }, _: Attrs) => checkShapes(x, weight, bias),
  gpu: ({ x, weight, bias }, out, attrs) => run(forward, [x, weight, bias, out], attrs),
  reference: ({ x, weight, bias }, { eps }) =>
    x.mapRows((row) => normalize(row, eps).xhat.map((v, i) => v * weight.flat(i) + bias.flat(i))),
  vjp: ({ x, weight }, dy, attrs) => ({
    x: () => layerNormGrad({ x, weight, dy }, attrs),
    weight: () => mul(dy, unscaled(x, attrs)),
    bias: () => dy,
  }),
});

/**
 * x [..., C] → the same shape: every row with mean 0 and variance 1, times weight, plus bias.
 * @throws ShapeError when weight or bias are not [C].
 */
export function layerNorm(x: Tensor, { eps, weight, bias }: LayerNormOptions): Tensor {
  return op({ x, weight, bias }, { eps });
}

/** → dx */
const layerNormGrad = defineOp({
  name: "layerNormGrad",
  inputs: ["x", "weight", "dy"],
  saves: ["x", "weight", "dy"],
  infer: ({ x }, _: Attrs) => x.shape,
  gpu: ({ x, weight, dy }, out, attrs) => run(gradient, [x, weight, dy, out], attrs),
  reference: ({ x, weight, dy }, { eps }) => {
    const upstream = dy.rows();
    return x.mapRows((row, r) => {
      const { xhat, rstd } = normalize(row, eps);
      const g = xhat.map((_, i) => known(known(upstream, r), i) * weight.flat(i));
      const along = mean(g.map((v, i) => v * known(xhat, i)));
      const level = mean(g);
      return g.map((v, i) => rstd * (v - level - known(xhat, i) * along));
    });
  },
  vjp: ({ x, weight, dy }, g, attrs) =>
    composedVjp({ x, weight, dy }, g, (t) => composedGrad(t, attrs)),
});

/** dx by ops, for derivatives of higher order. */
function composedGrad(
  { x, weight, dy }: { readonly [K in "x" | "weight" | "dy"]: Tensor },
  { eps }: Attrs,
): Tensor {
  const average = (t: Tensor): Tensor => mul(sum(t, { axes: -1, keepDims: true }), 1 / x.dim(-1));
  const centred = sub(x, average(x));
  const rstd = rsqrt(add(average(square(centred)), eps));
  const xhat = mul(centred, rstd);
  const g = mul(dy, weight);
  return mul(rstd, sub(sub(g, average(g)), mul(xhat, average(mul(g, xhat)))));
}

/** x̂ */
function unscaled(x: Tensor, attrs: Attrs): Tensor {
  const shape = x.shape.slice(-1);
  return op({ x, weight: ones(x.device, shape), bias: zeros(x.device, shape) }, attrs);
}

type Kernels = readonly [
  ReturnType<typeof kernel<typeof PARAMS>>,
  ReturnType<typeof kernel<typeof PARAMS>>,
];

function run([byOnes, byFours]: Kernels, tensors: [Tensor, ...Tensor[]], { eps }: Attrs): void {
  const { rows, cols } = asRows(tensors[0].shape);
  const lanes = cols % 4 === 0 ? 4 : 1;
  const launch = lanes === 4 ? byFours : byOnes;
  const params = { rows, cols: cols / lanes, eps };
  launch({ tensors, params, ...shareRows(rows, cols, lanes, tensors[0].gpu.device) });
}

function checkShapes(x: TensorSpec, weight: TensorSpec, bias: TensorSpec): Shape {
  const c = atLeastRank("layerNorm", x.shape, 1).at(-1) ?? 1;
  for (const [name, { shape }] of Object.entries({ weight, bias })) {
    if (shape.length === 1 && shape[0] === c) continue;
    throw new ShapeError(
      `layerNorm: ${name} is ${showShape(shape)}, but rows of x ${showShape(x.shape)} have ${c} ` +
        `elements. Give ${name} as [${c}].`,
    );
  }
  return x.shape;
}

function normalize(row: readonly number[], eps: number) {
  const level = mean(row);
  const centred = row.map((v) => v - level);
  const rstd = 1 / Math.sqrt(mean(centred.map((v) => v * v)) + eps);
  return { xhat: centred.map((v) => v * rstd), rstd };
}

function mean(row: readonly number[]): number {
  return row.reduce((a, b) => a + b, 0) / row.length;
}
