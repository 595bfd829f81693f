import { type Scope, ScopeStack } from "./scope.js";
import type { Device, DeviceStats, OpObserver } from "./types.js";

/** Runs every op by its float64 reference, on the host. For proofs and for debuggers. */
export class ReferenceDevice implements Device {
  readonly kind = "reference";
  readonly name = "float64 reference";
  readonly scopes = new ScopeStack();
  observer: OpObserver | undefined;
  private live = 0;

  scope(): Scope {
    return this.scopes.push();
  }

  /** Called by storage when it is made (+1) and freed (-1). */
  count(change: 1 | -1): void {
    this.live += change;
  }

  /** Tensors that are alive; all other counts are 0. */
  get stats(): DeviceStats {
    const none = { liveBytes: 0, peakBytes: 0, pooledBytes: 0 };
    return { liveBuffers: this.live, ...none, dispatches: 0, submissions: 0, pipelines: 0 };
  }
}
