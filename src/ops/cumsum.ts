/**
 * Cumulative sum along one axis.
 *
 *     y_k = Σ_{i≤k} x_i          dx_i = Σ_{k≥i} dy_k, the cumulative sum from the other end
 *
 * A long line is cut into chunks: their sums come from a reduction, the cumulative sums of those
 * from this op's own kernels, and say with what each chunk begins.
 */
import { defineOp } from "../autograd/define-op.js";
import { runChunks } from "../autograd/fold.js";
import { cutReduction, planReduction, reducesByGroup } from "../autograd/reduction.js";
import { kernel } from "../shaders/kernel.js";
import { NdArray } from "../tensor/ndarray.js";
import { normalizeAxis, type Shape, sizeOf } from "../tensor/shape.js";
import { Tensor } from "../tensor/tensor.js";

/** Along which axis, from which end. */
export interface CumsumOptions {
  /** Negative from the end. */
  readonly axis: number;
  /** From the last element to the first. Default: false. */
  readonly reverse?: boolean;
}

const LINES = {
  lines: "u32",
  size: "u32",
  inner: "u32",
  chunks: "u32",
  chunk: "u32",
  reverse: "u32",
} as const;
const byGroup = kernel("cumsum.group", LINES);
const byThread = kernel("cumsum.thread", LINES);

const op = defineOp({
  name: "cumsum",
  inputs: ["x"],
  infer: ({ x }, _: Required<CumsumOptions>) => x.shape,
  gpu: ({ x }, out, { axis, reverse }) => run(x, out, x.shape, axis, reverse),
  reference: ({ x }, { axis, reverse }) => {
    const size = x.dim(axis);
    const inner = sizeOf(x.shape.slice(axis + 1));
    const out = new NdArray(x.shape);
    for (let line = 0; line < x.size / size; line++) {
      const base = Math.floor(line / inner) * size * inner + (line % inner);
      let sum = 0;
      for (let j = 0; j < size; j++) {
        const at = base + (reverse ? size - 1 - j : j) * inner;
        sum += x.flat(at);
        out.data[at] = sum;
      }
    }
    return out;
  },
  vjp: (_, dy, { axis, reverse }) => ({ x: () => cumsum(dy, { axis, reverse: !reverse }) }),
});

/**
 * x [..., size, ...] → the same shape: sums of all elements up to each, along `axis`.
 * @throws ShapeError for an axis that x does not have.
 */
export function cumsum(x: Tensor, { axis, reverse = false }: CumsumOptions): Tensor {
  return op({ x }, { axis: normalizeAxis("cumsum", axis, x.rank), reverse });
}

function run(x: Tensor, out: Tensor, shape: Shape, axis: number, reverse: boolean): void {
  const size = shape[axis] ?? 1;
  const inner = sizeOf(shape.slice(axis + 1));
  const lines = x.size / size;
  const params = { lines, size, inner, chunks: 1, chunk: size, reverse: Number(reverse) };
  const extent = { outputs: lines, terms: size };
  const cut = cutReduction(extent);
  if (!reducesByGroup(extent)) {
    byThread({ tensors: [x, out], params, groups: Math.ceil(lines / 64) });
  } else if (!cut) byGroup({ tensors: [x, x, out], params, groups: lines });
  else {
    const kept = shape.map((n, i) => (i === axis ? 1 : n));
    using sums = runChunks(planReduction(shape, kept, "cumsum"), x, cut);
    using before = Tensor.allocate(x.device, { shape: sums.shape, dtype: "f32" }, "cumsum before");
    run(sums, before, sums.shape, 1, reverse);
    byGroup({ tensors: [x, before, out], params: { ...params, ...cut }, groups: sums.size });
  }
}
