import type { Values } from "../tensor/create.js";
import type { Tensor } from "../tensor/tensor.js";

/** Tensors of a saved run, by name. */
export type SavedTensors = ReadonlyMap<string, { readonly values: Values }>;

/**
 * Anything that learns in steps and can be saved: teacher, one-step generator, alignment, reward.
 * Step t depends only on the state and on t, so a resumed run repeats nothing and skips nothing.
 */
export interface Trainer {
  /** Steps done. */
  readonly steps: number;
  /** Samples drawn in one step, for samples/s. */
  readonly batch: number;
  /**
   * One step. Returns single values to report, which the caller reads (or not) and frees. They are
   * valid until the next step: a captured step writes its results where the last ones were.
   */
  advance(): Readonly<Record<string, Tensor>>;
  /** Everything that a resumed run needs. */
  state(): Map<string, Tensor>;
  /** Goes back to a saved state after `steps` steps. */
  restore(saved: SavedTensors, steps: number): void;
  dispose(): void;
}
