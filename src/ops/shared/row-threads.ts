/** How many threads of a workgroup share a row in shaders that use lib/row_reduce.wgsl. */
import { joiningThreads } from "../../device/groups.js";

const MOST = 64;
const FEWEST = 8;
const STEPS_EACH = 16;

/**
 * A power of two that leaves each thread some 16 steps of its own; on a processor one subgroup
 * (device/groups.ts).
 */
export function rowThreads(steps: number, adapter: Adapter = {}): number {
  if (adapter.software) return joiningThreads(adapter);
  const wanted = 2 ** Math.floor(Math.log2(Math.max(1, steps / STEPS_EACH)));
  return Math.min(MOST, Math.max(FEWEST, wanted));
}

/**
 * Up to so many columns one thread takes a row: exchanging sums would cost more. Where many lanes load
 * together, as on GPUs, neighbouring threads should read neighbours, so it is few there.
 */
const [SHORT_ROW, SHORT_ROW_OF_MANY_LANES] = [256, 32];
/**
 * With so many rows one thread each fills an adapter of few lanes. What all threads read alike
 * (weights) is one load there, and nothing is exchanged.
 */
const MANY_ROWS = 1024;
const FEW_LANES = 8;
const WORKGROUP = 64;

interface Adapter {
  /** Threads that load together, where the device knows it. */
  readonly subgroupSize?: number | undefined;
  readonly software?: boolean;
}

/** Whether each row should have one thread. */
export function isThreadARow(rows: number, cols: number, adapter: Adapter = {}): boolean {
  const { subgroupSize = Infinity } = adapter;
  if (subgroupSize > FEW_LANES) return cols <= SHORT_ROW_OF_MANY_LANES;
  return cols <= SHORT_ROW || rows >= MANY_ROWS;
}

/** How a kernel over short or long rows is launched; `lanes` columns are read at a time. */
export function shareRows(rows: number, cols: number, lanes = 1, adapter: Adapter = {}) {
  const alone = isThreadARow(rows, cols, adapter);
  const threads = alone ? 1 : rowThreads(cols / lanes, adapter);
  const workgroup = alone ? WORKGROUP : threads;
  return {
    groups: Math.ceil((rows * threads) / workgroup),
    overrides: { THREADS: threads, WORKGROUP: workgroup },
  };
}
