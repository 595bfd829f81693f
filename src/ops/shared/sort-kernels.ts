/**
 * The kernels of sort (the op: sort.ts): blocks of up to 1024 elements are sorted in workgroup
 * memory by a bitonic network, then sorted runs are merged two by two, so rows may have any length.
 * Comparing a key first and its place second makes the order strict, hence stable.
 */
import { kernel } from "../../shaders/kernel.js";
import { Tensor } from "../../tensor/tensor.js";
import { asRows } from "./rows.js";

const MAX_BLOCK = 1024;
const MAX_THREADS = 128;

const sortBlocks = kernel("sort.block", { rows: "u32", cols: "u32", blocks: "u32" });
const mergeRuns = kernel("sort.merge", { total: "u32", cols: "u32", run: "u32" });

/** x [..., cols], of four bytes each → `order` u32, same shape: places in each row, by value. */
export function runArgsort(x: Tensor, order: Tensor, descending = false): void {
  const { rows, cols } = asRows(x.shape);
  if (x.size === 0) return;
  const block = Math.min(MAX_BLOCK, Math.max(2, 2 ** Math.ceil(Math.log2(cols))));
  const blocks = Math.ceil(cols / block);
  const key = {
    KIND: x.dtype === "f32" ? 0 : x.dtype === "i32" ? 1 : 2,
    DESCENDING: descending ? 1 : 0,
  };
  using _scope = x.device.scope();
  const merges = Math.ceil(Math.log2(blocks));
  const other = merges > 0 ? Tensor.allocate(x.device, order, "sorted runs") : order;
  // The last merge writes to `order`, so an odd number of them starts at the other tensor.
  let [from, to] = merges % 2 === 0 ? [order, other] : [other, order];
  sortBlocks({
    tensors: [x, from],
    params: { rows, cols, blocks },
    groups: rows * blocks,
    overrides: { BLOCK: block, THREADS: Math.min(MAX_THREADS, block / 2), ...key },
  });
  for (let run = block; run < cols; run *= 2) {
    mergeRuns({
      tensors: [x, from, to],
      params: { total: x.size, cols, run },
      groups: Math.ceil(x.size / 64),
      overrides: key,
    });
    [from, to] = [to, from];
  }
}
