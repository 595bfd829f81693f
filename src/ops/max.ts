/**
 * Maximum over axes.
 *
 *     y = max_axes x          dx = dy ⊙ [x = y] / (number of maxima)
 *
 * Where several elements are largest they share the derivative equally.
 */
import { defineOp } from "../autograd/define-op.js";
import { stopGradient } from "../autograd/grad.js";
import {
  planReduction,
  REDUCTION,
  reducesByGroup,
  reductionParams,
} from "../autograd/reduction.js";
import { ShapeError } from "../errors.js";
import { kernel } from "../shaders/kernel.js";
import { NdArray } from "../tensor/ndarray.js";
import {
  broadcastStrides,
  normalizeAxes,
  reducedShape,
  type Shape,
  showShape,
} from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { div, isGreater, mul } from "./binary.js";
import { reshape } from "./reshape.js";
import { type ReduceOptions, sum } from "./sum.js";

const byGroup = kernel("reduce_max.group", REDUCTION);
const byThread = kernel("reduce_max.thread", REDUCTION);

const op = defineOp({
  name: "max",
  inputs: ["x"],
  saves: ["x", "out"],
  infer: ({ x }, { axes }: { readonly axes: readonly number[] }): Shape => {
    const empty = axes.find((axis) => x.shape[axis] === 0);
    if (empty === undefined) return reducedShape(x.shape, axes, true);
    throw new ShapeError(
      `max: axis ${empty} of ${showShape(x.shape)} is empty and has no maximum. ` +
        "Reduce axes of at least one element.",
    );
  },
  gpu: ({ x }, out) => {
    const params = reductionParams(planReduction(x.shape, out.shape));
    const tensors = [x, out] as const;
    if (reducesByGroup(params)) byGroup({ tensors, params, groups: params.outputs });
    else byThread({ tensors, params, groups: Math.ceil(params.outputs / 64) });
  },
  reference: ({ x }, _, { shape }) => {
    const strides = broadcastStrides(shape, x.shape);
    const out = new NdArray(shape).map(() => Number.NEGATIVE_INFINITY);
    NdArray.build(x.shape, (index, flat) => {
      const at = index.reduce((total, i, axis) => total + i * (strides[axis] ?? 0), 0);
      out.data[at] = Math.max(out.flat(at), x.flat(flat));
      return 0;
    });
    return out;
  },
  vjp: ({ x, out }, dy, { axes }) => ({
    x: () => {
      // No x exceeds the maximum, so isGreater is ½ at the maxima and 0 elsewhere.
      const halves = isGreater(stopGradient(x), stopGradient(out));
      return mul(halves, div(dy, sum(halves, { axes, keepDims: true })));
    },
  }),
});

/** x, any shape → its maximum over `axes`. */
export function max(x: Tensor, { axes, keepDims = false }: ReduceOptions = {}): Tensor {
  const list = normalizeAxes("max", axes, x.rank);
  const y = op({ x }, { axes: list });
  return keepDims ? y : reshape(y, reducedShape(x.shape, list, false));
}
