import type { PoolStats } from "./pool.js";
import type { Freeable, Scope, ScopeStack } from "./scope.js";

export type { BufferRange } from "./commands.js";

/** A buffer of a GPU device. */
export type DeviceBuffer = GPUBuffer;

/** What every device can do. */
export interface Device {
  readonly kind: "gpu" | "reference";
  /** The adapter's name, for reports. */
  readonly name: string;
  readonly scopes: ScopeStack;
  /** Opens a scope: see `Scope`. */
  scope(): Scope;
  readonly stats: DeviceStats;
  /** Is told of every op that ran; `checkFinite` sets it. */
  opWatch: OpWatch | undefined;
}

/** Told of every op when it has run, with its tensors: of those, a device knows that they can be freed. */
export interface OpWatch {
  ran(op: string, inputs: readonly Freeable[], out: Freeable): void;
}

export interface DeviceStats extends PoolStats {
  readonly dispatches: number;
  readonly submissions: number;
  readonly pipelines: number;
}
