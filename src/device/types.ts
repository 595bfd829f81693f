import type { PoolStats } from "./pool.js";
import type { Scope, ScopeStack } from "./scope.js";

export type { BufferRange } from "./commands.js";

/** A buffer of a GPU device. */
export type DeviceBuffer = GPUBuffer;

/** Told of every op that runs: how `trace` sees what leaves nothing on the tape; see `checkFinite`. */
export interface OpObserver {
  /** The op `name` made `out` from `inputs`: tensors, which this layer does not know. */
  ran(name: string, inputs: readonly object[], out: object): void;
  /** `view` shows the values of `x`. */
  viewed(x: object, view: object): void;
}

/** What every device can do. */
export interface Device {
  readonly kind: "gpu" | "reference" | "symbolic";
  /** The adapter's name, for reports. */
  readonly name: string;
  readonly scopes: ScopeStack;
  /** Opens a scope: see `Scope`. */
  scope(): Scope;
  readonly stats: DeviceStats;
  /** Set while somebody looks on; unset, an op pays one look at this field. */
  observer: OpObserver | undefined;
}

export interface DeviceStats extends PoolStats {
  readonly dispatches: number;
  readonly submissions: number;
  readonly pipelines: number;
}
