/**
 * The kernels of scatterAdd (the op: gather.ts). No float is added atomically: every element of the
 * result sums what belongs to it in the order of k, so every run gives the same bits.
 *
 *     naive:  every element looks through all K indices of its line             S · K
 *     fast:   the indices are sorted, those of one element stand together       K log² K + S log K
 */
import { kernel } from "../../shaders/kernel.js";
import { known, stridesOf } from "../../tensor/shape.js";
import { runStridedCopy } from "../../tensor/strided-copy.js";
import { Tensor } from "../../tensor/tensor.js";
import { runArgsort } from "./sort-kernels.js";

/** src [outer, count, inner] and its indices → [outer, size, inner]. */
export interface ScatterGeometry {
  readonly outer: number;
  readonly size: number;
  readonly count: number;
  readonly inner: number;
  /** One line of `count` indices for all; else they have the shape of src. */
  readonly shared: boolean;
}

/** From this many indices a line on, sorting them costs less than looking through them. */
const MANY_INDICES = 32;

const COUNTS = { total: "u32", size: "u32", count: "u32", inner: "u32" } as const;
const lookThrough = kernel("scatter_add.naive", COUNTS);
const sumRuns = kernel("scatter_add.sorted", COUNTS);
const findStarts = kernel("scatter_add.starts", { total: "u32", size: "u32", count: "u32" });

export function runScatterAdd(
  { src, index }: { readonly src: Tensor; readonly index: Tensor },
  out: Tensor,
  geometry: ScatterGeometry,
): void {
  const { size, count, inner, shared } = geometry;
  const { device } = out.gpu;
  const call = {
    params: { total: out.size, size, count, inner },
    items: out.size,
    overrides: { SHARED: shared ? 1 : 0 },
  };
  if (device.kernels === "naive" || count < MANY_INDICES) {
    lookThrough({ tensors: [src, index, out], ...call });
    return;
  }
  using _scope = device.scope();
  const lines = linesOf(index, geometry);
  const order = Tensor.allocate(device, lines, "order");
  runArgsort(lines, order);
  const starts = Tensor.allocate(
    device,
    { shape: [lines.dim(0), size], dtype: "u32" },
    "starts of the runs",
  );
  findStarts({
    tensors: [lines, order, starts],
    params: { total: starts.size, size, count },
    items: starts.size,
  });
  sumRuns({ tensors: [src, order, starts, out], ...call });
}

/** The indices as rows that belong together: [1, count], or [outer · inner, count]. */
function linesOf(index: Tensor, { outer, count, inner, shared }: ScatterGeometry): Tensor {
  const shape = shared ? [1, count] : [outer * inner, count];
  if (shared || inner === 1) return index.alias({ shape });
  const lines = Tensor.allocate(index.device, { shape, dtype: index.dtype }, "lines of indices");
  const strides = stridesOf([outer, count, inner]);
  runStridedCopy(index, lines.alias({ shape: [outer, inner, count] }), {
    strides: [0, 2, 1].map((axis) => known(strides, axis)),
  });
  return lines;
}
