/**
 * The variants of the kernels that multiply and add (matmul, conv2d), and which one fits a device:
 *
 *     naive       one thread per output: the slow ancestor
 *     tiled       8 × 4 outputs per thread, plain WGSL
 *     subgroup    16 × 4 outputs per lane (8 × 4 in subgroups of 4), operands handed round
 */
import type { GpuDevice } from "../device/device.js";
import type { Overrides } from "../device/pipelines.js";

export interface Tile {
  readonly variant: "naive" | "tiled" | "subgroup";
  /** Outputs of a thread along the axis that a workgroup shares, and along the threads' axis. */
  readonly rows: number;
  readonly columns: number;
  /** Threads of a workgroup. */
  readonly threads: number;
  readonly overrides: Overrides;
}

const NAIVE: Tile = { variant: "naive", rows: 1, columns: 1, threads: 64, overrides: {} };

export function tileFor({ choice, subgroupSize: lanes = 0 }: GpuDevice): Tile {
  if (choice.family === "naive") return NAIVE;
  if (lanes < 4 || choice.family === "tiled") {
    const threads = 32;
    return { variant: "tiled", rows: 8, columns: 4, threads, overrides: { WORKGROUP: threads } };
  }
  const half = lanes < 8 ? 4 : 8;
  const overrides = { SUBGROUP: lanes, HALF: half };
  return { variant: "subgroup", rows: 2 * half, columns: 4, threads: lanes, overrides };
}
