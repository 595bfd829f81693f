/**
 * Sums of squares: of each sample, and of everything.
 *
 *     y_n = Σ_i x_ni²          dx_ni = 2 dy_n x_ni
 */
import { defineOp } from "../autograd/define-op.js";
import { runReduction } from "../autograd/fold.js";
import { planReduction, reducesByGroup } from "../autograd/reduction.js";
import { joiningThreads } from "../device/groups.js";
import { kernel } from "../shaders/kernel.js";
import { NdArray } from "../tensor/ndarray.js";
import { type Shape, sizeOf } from "../tensor/shape.js";
import { Tensor } from "../tensor/tensor.js";
import { mul } from "./binary.js";
import { reshape } from "./reshape.js";
import { atLeastRank } from "./shared/rows.js";

const PARAMS = { rows: "u32", cols: "u32", total: "u32" } as const;
const byGroup = kernel("sum_squares", PARAMS);
const byThread = kernel("sum_squares.thread", PARAMS);

/** The sum over everything runs in rows of this many elements first, so that all cores work. */
const CHUNK = 4096;

function run(x: Tensor, out: Tensor, cols: number): void {
  const rows = out.size;
  const call = { tensors: [x, out], params: { rows, cols, total: x.size } } as const;
  const { device } = out.gpu;
  const overrides = { GROUP: joiningThreads(device) };
  const isGrouped = reducesByGroup({ outputs: rows, terms: cols }, device);
  if (isGrouped) byGroup({ ...call, groups: rows, overrides });
  else byThread({ ...call, groups: Math.ceil(rows / 64) });
}

const perSample = defineOp({
  name: "sumSquares",
  inputs: ["x"],
  saves: ["x"],
  infer: ({ x }): Shape => atLeastRank("sumSquares", x.shape, 1).slice(0, 1),
  gpu: ({ x }, out) => run(x, out, x.size / out.size),
  reference: ({ x }, _, { shape }) => {
    const cols = x.size / sizeOf(shape);
    return NdArray.build(shape, (_index, n) =>
      x.data.subarray(n * cols, (n + 1) * cols).reduce((total, v) => total + v * v, 0),
    );
  },
  vjp: ({ x }, dy) => ({
    x: () => mul(x, reshape(mul(dy, 2), [x.dim(0), ...x.shape.slice(1).map(() => 1)])),
  }),
});

const ofAll = defineOp({
  name: "totalSumSquares",
  inputs: ["x"],
  saves: ["x"],
  infer: (): Shape => [],
  gpu: ({ x }, out) => {
    const rows = Math.ceil(x.size / CHUNK);
    if (rows <= 1) return run(x, out, x.size);
    using partial = Tensor.allocate(x.device, { shape: [rows], dtype: "f32" }, "partial sums");
    run(x, partial, CHUNK);
    runReduction(planReduction(partial.shape, out.shape), partial, out);
  },
  reference: ({ x }) => new NdArray([], Float64Array.of(x.data.reduce((t, v) => t + v * v, 0))),
  vjp: ({ x }, dy) => ({ x: () => mul(x, mul(dy, 2)) }),
});

/**
 * x [N, ...] → [N]: Σ x² of each sample.
 * @throws ShapeError for a tensor without axes.
 */
export function sumSquares(x: Tensor): Tensor {
  return perSample({ x }, {});
}

/** x, any shape → []: Σ x² of everything. */
export function totalSumSquares(x: Tensor): Tensor {
  return ofAll({ x }, {});
}
