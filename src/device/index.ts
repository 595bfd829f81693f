/** Devices. What needs Node is exported by src/node.ts alone. */
export { type OpenDeviceOptions, openDevice } from "./browser.js";
export { GpuDevice } from "./device.js";
export {
  FAMILIES,
  type Family,
  KERNELS_OPTIONS,
  type KernelChoice,
  type KernelsOption,
  TILE_NAMES,
  type TileName,
  type TileSpeeds,
  type Tuning,
  type TuningStore,
} from "./kernel-choice.js";
export type { GpuDeviceOptions, Launch } from "./options.js";
export type { Overrides } from "./pipelines.js";
export type { PoolStats } from "./pool.js";
export type { Ceilings, ChromeTrace, Profile, ProfileRow, TraceEvent } from "./profile.js";
export { DEFAULT_RATES, type Rates } from "./rates.js";
export { ReferenceDevice } from "./reference.js";
export type { CaptureMemory, Replay } from "./replay.js";
export { type Freeable, Scope, ScopeStack } from "./scope.js";
export type { Device, DeviceBuffer, DeviceStats, OpObserver } from "./types.js";
