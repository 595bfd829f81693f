/**
 * Root mean square normalisation over the last axis (Zhang and Sennrich, 2019).
 *
 *     r = 1 / √(mean x² + eps)          x̂ = r x          y = weight x̂
 *
 * With g = weight dy and means over the row:
 *
 *     dx = r (g − x̂ mean(g x̂))          dweight = Σ_rows dy x̂
 */
import { composedVjp } from "../autograd/composed.js";
import { defineOp } from "../autograd/define-op.js";
import { ShapeError } from "../errors.js";
import { kernel } from "../shaders/kernel.js";
import { FLOATS } from "../tensor/dtype.js";
import { known, type Shape, showShape } from "../tensor/shape.js";
import type { Tensor, TensorSpec } from "../tensor/tensor.js";
import { add, mul, sub } from "./binary.js";
import { shareRows } from "./shared/row-threads.js";
import { asRows, atLeastRank } from "./shared/rows.js";
import { sum } from "./sum.js";
import { rsqrt, square } from "./unary.js";

/** `eps` is added to the mean square. */
export interface RmsNormOptions {
  readonly eps: number;
  /** [C]; default 1. */
  readonly weight?: Tensor | undefined;
}

interface Attrs {
  readonly eps: number;
}

const PARAMS = { rows: "u32", cols: "u32", eps: "f32", has_weight: "u32" } as const;

/** A kernel by elements, and one by fours. */
const forward = [kernel("rms_norm.scalar", PARAMS), kernel("rms_norm.vec4", PARAMS)] as const;
const gradient = [
  kernel("rms_norm.grad.scalar", PARAMS),
  kernel("rms_norm.grad.vec4", PARAMS),
] as const;

const op = defineOp({
  name: "rmsNorm",
  inputs: ["x"],
  optional: ["weight"],
  elements: FLOATS,
  saves: ["x", "weight"],
  infer: ({ x, weight }, _: Attrs) => checkShapes(x, weight),
  gpu: ({ x, weight }, out, attrs) => run(forward, [x, weight ?? x, out], attrs, weight),
  reference: ({ x, weight }, { eps }) =>
    x.mapRows((row) => {
      const r = scaleOf(row, eps);
      return row.map((v, i) => v * r * (weight?.flat(i) ?? 1));
    }),
  vjp: ({ x, weight }, dy, attrs) => ({
    x: () => rmsNormGrad({ x, dy, weight }, attrs),
    weight: () => mul(dy, rmsNorm(x, attrs)),
  }),
});

/**
 * x [..., C] → the same shape: every row with mean square 1, times weight.
 * @throws ShapeError when weight is not [C].
 */
export function rmsNorm(x: Tensor, { eps, weight }: RmsNormOptions): Tensor {
  return op({ x, weight }, { eps });
}

/** → dx */
const rmsNormGrad = defineOp({
  name: "rmsNormGrad",
  inputs: ["x", "dy"],
  optional: ["weight"],
  saves: ["x", "dy", "weight"],
  infer: ({ x }, _: Attrs) => x.shape,
  gpu: ({ x, dy, weight }, out, attrs) => run(gradient, [x, weight ?? x, dy, out], attrs, weight),
  reference: ({ x, dy, weight }, { eps }) => {
    const upstream = dy.rows();
    return x.mapRows((row, at) => {
      const r = scaleOf(row, eps);
      const g = row.map((_, i) => known(known(upstream, at), i) * (weight?.flat(i) ?? 1));
      const along = mean(g.map((v, i) => v * r * known(row, i)));
      return g.map((v, i) => r * (v - r * known(row, i) * along));
    });
  },
  vjp: ({ x, dy, weight }, g, attrs) =>
    weight
      ? composedVjp({ x, dy, weight }, g, (t) => composedGrad(t.x, mul(t.dy, t.weight), attrs))
      : composedVjp({ x, dy }, g, (t) => composedGrad(t.x, t.dy, attrs)),
});

/** dx by ops, for derivatives of higher order; g = weight dy. */
function composedGrad(x: Tensor, g: Tensor, { eps }: Attrs): Tensor {
  const average = (t: Tensor): Tensor => mul(sum(t, { axes: -1, keepDims: true }), 1 / x.dim(-1));
  const r = rsqrt(add(average(square(x)), eps));
  const xhat = mul(x, r);
  return mul(r, sub(g, mul(xhat, average(mul(g, xhat)))));
}

type Kernels = readonly [
  ReturnType<typeof kernel<typeof PARAMS>>,
  ReturnType<typeof kernel<typeof PARAMS>>,
];

function run(
  [byOnes, byFours]: Kernels,
  tensors: [Tensor, ...Tensor[]],
  { eps }: Attrs,
  weight: Tensor | undefined,
): void {
  const { rows, cols } = asRows(tensors[0].shape);
  const lanes = cols % 4 === 0 ? 4 : 1;
  const launch = lanes === 4 ? byFours : byOnes;
  const params = { rows, cols: cols / lanes, eps, has_weight: weight ? 1 : 0 };
  launch({ tensors, params, ...shareRows(rows, cols, lanes, tensors[0].gpu.device) });
}

function checkShapes(x: TensorSpec, weight: TensorSpec | undefined): Shape {
  const c = atLeastRank("rmsNorm", x.shape, 1).at(-1) ?? 1;
  if (!weight || (weight.shape.length === 1 && weight.shape[0] === c)) return x.shape;
  throw new ShapeError(
    `rmsNorm: weight is ${showShape(weight.shape)}, but rows of x ${showShape(x.shape)} have ` +
      `${c} elements. Give weight as [${c}].`,
  );
}

function scaleOf(row: readonly number[], eps: number): number {
  return 1 / Math.sqrt(mean(row.map((v) => v * v)) + eps);
}

function mean(row: readonly number[]): number {
  return row.reduce((a, b) => a + b, 0) / row.length;
}
