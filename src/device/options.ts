/** What a GPU device is asked for: its options, and a kernel launch. */
import type { Dispatch } from "./commands.js";
import type { KernelsOption } from "./kernel-choice.js";
import type { Overrides } from "./pipelines.js";
import type { Rates } from "./rates.js";

/** Options of `GpuDevice`. */
export interface GpuDeviceOptions {
  readonly name?: string;
  /**
   * "naive" runs the slow ancestors of the fast kernels; others force a family of the kernels that
   * multiply and add. Default "fast".
   */
  readonly kernels?: KernelsOption;
  /** Threads per subgroup, where the adapter has subgroups of one size. */
  readonly subgroupSize?: number | undefined;
  /** Whether the adapter is a processor: fewer and larger workgroups suit it. Default false. */
  readonly software?: boolean;
  /**
   * Bytes that tensors may take, unused buffers in reserve included. What would pass it throws
   * OutOfMemoryError at once. Without it the adapter alone decides, and says so later.
   */
  readonly memoryLimit?: number;
  /** What kernels are chosen by; default: those of a software adapter. See `tuneKernels`. */
  readonly rates?: Rates;
  /** How to wait for the adapter; the Node opener passes one that leaves the cores to it. */
  readonly wait?: <T>(promise: Promise<T>) => Promise<T>;
}

/** A kernel launch as the kernels' handles ask for it. */
export interface Launch extends Omit<Dispatch, "pipeline" | "groups"> {
  readonly label: string;
  readonly source: string;
  readonly overrides: Overrides;
  /** Workgroups in all (folded to two dimensions past 65 535), or per dimension. */
  readonly groups: number | readonly [number, number, number];
}
