/**
 * A device: everything that has state hangs from one. There is no global device.
 *
 * Two kinds exist. `GpuDevice` runs WGSL kernels in float32. `ReferenceDevice` runs the float64
 * references on the host: slow, exact, and open to a debugger.
 */
import { DeviceError, DeviceLostError } from "../errors.js";
import { type BufferRange, Commands, type Dispatch } from "./commands.js";
import { type Overrides, PipelineCache } from "./pipelines.js";
import { BufferPool } from "./pool.js";
import { type Ceilings, type Profile, summarize } from "./profile.js";
import { type Scope, ScopeStack } from "./scope.js";
import { timedCommands } from "./timed-commands.js";
import type { Device, DeviceStats } from "./types.js";

/** Options of `GpuDevice`. `kernels: "naive"` runs the slow ancestors of the fast kernels. */
export interface GpuDeviceOptions {
  readonly name?: string;
  readonly kernels?: "fast" | "naive";
  /** Threads per subgroup, where the adapter has subgroups of one size. */
  readonly subgroupSize?: number | undefined;
  /**
   * Bytes that tensors may take, unused buffers in reserve included. What would pass it throws
   * OutOfMemoryError at once. Without it the adapter alone decides, and says so later.
   */
  readonly memoryLimit?: number;
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

const MAX_GROUPS = 65535;

/** Optional features that kernels or reports make use of. */
const USED_FEATURES = ["timestamp-query", "subgroups", "shader-f16"] as const;

/** Folds a linear number of groups: the kernel's index is `wid.x + wid.y * num_workgroups.x`. */
export function foldGroups(groups: number): readonly [number, number, number] {
  if (groups <= MAX_GROUPS) return [groups, 1, 1];
  const y = Math.ceil(groups / MAX_GROUPS);
  return [Math.ceil(groups / y), y, 1];
}

/** Runs WGSL kernels in float32. Open one with `openDevice`, `openNodeDevice` or `GpuDevice.from`. */
export class GpuDevice implements Device {
  readonly kind = "gpu";
  readonly name: string;
  readonly kernels: "fast" | "naive";
  readonly subgroupSize: number | undefined;
  readonly gpu: GPUDevice;
  readonly scopes = new ScopeStack();
  /** Set by `measureCeilings`; profiles read it. */
  ceilings: Ceilings | undefined;
  private readonly pool: BufferPool;
  private readonly plain: Commands;
  /** The plain ones, or while a profile is taken those under a clock. */
  private commands: Commands;
  private readonly pipelines: PipelineCache;
  private readonly wait: <T>(promise: Promise<T>) => Promise<T>;
  private failure: DeviceError | undefined;

  constructor(gpu: GPUDevice, options: GpuDeviceOptions = {}) {
    const { name = "unnamed adapter", kernels = "fast", wait = (promise) => promise } = options;
    this.gpu = gpu;
    this.name = name;
    this.kernels = kernels;
    this.subgroupSize = options.subgroupSize;
    this.wait = wait;
    this.pool = new BufferPool(gpu, {
      memoryLimit: options.memoryLimit ?? Number.POSITIVE_INFINITY,
      makeRoom: () => this.trim(),
      refused: (error) => this.fail(error),
    });
    this.plain = new Commands(gpu);
    this.commands = this.plain;
    this.pipelines = new PipelineCache(gpu);
    gpu.onuncapturederror = ({ error }) =>
      this.fail(new DeviceError(`${name}: ${error.message}. Open a new device to go on.`));
    void gpu.lost.then(({ message }) => this.fail(this.lostError(message)));
  }

  /** Asks `adapter` for a device with all that it offers and this project can use. */
  static async from(adapter: GPUAdapter, options: GpuDeviceOptions = {}): Promise<GpuDevice> {
    const { info, limits } = adapter;
    if (
      /\bnull\b/i.test(`${info.vendor} ${info.architecture} ${info.device} ${info.description}`)
    ) {
      throw new DeviceError(
        "Dawn's null backend answers garbage without an error and is refused. " +
          "Choose another adapter.",
      );
    }
    const gpu = await adapter.requestDevice({
      requiredFeatures: USED_FEATURES.filter((feature) => adapter.features.has(feature)),
      requiredLimits: {
        maxBufferSize: limits.maxBufferSize,
        maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
        maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
        maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
        maxComputeWorkgroupSizeX: limits.maxComputeWorkgroupSizeX,
        maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
      },
    });
    const name = options.name ?? (info.description || info.device || info.vendor || "adapter");
    const { subgroupMinSize: least, subgroupMaxSize: most } = info;
    const uniform = adapter.features.has("subgroups") && least === most;
    return new GpuDevice(gpu, { subgroupSize: uniform ? least : undefined, ...options, name });
  }

  /** Whether tensors may hold f16. */
  get f16(): boolean {
    return this.gpu.features.has("shader-f16");
  }

  scope(): Scope {
    return this.scopes.push();
  }

  get stats(): DeviceStats {
    return { ...this.pool.stats, ...this.plain.counts, pipelines: this.pipelines.size };
  }

  /** Lets `stats.peakBytes` begin anew: before a step, for that step's figure. */
  resetPeak(): void {
    this.pool.resetPeak();
  }

  acquire(bytes: number, label: string): GPUBuffer {
    this.assertUsable();
    return this.pool.acquire(bytes, label);
  }

  release(buffer: GPUBuffer): void {
    this.pool.release(buffer);
  }

  launch({ label, source, overrides, groups, ...dispatch }: Launch): void {
    this.assertUsable();
    const folded = typeof groups === "number" ? foldGroups(groups) : groups;
    if (folded.includes(0)) return;
    const pipeline = this.pipelines.get({ label, source, overrides });
    this.commands.dispatch({ ...dispatch, label, pipeline, groups: folded });
  }

  /** Host → buffer, after everything recorded before. */
  write(range: BufferRange, data: ArrayBufferView<ArrayBuffer>): void {
    this.assertUsable();
    if (data.byteLength > 0) this.commands.write(range, data);
  }

  copy(from: BufferRange, to: BufferRange, bytes: number): void {
    this.assertUsable();
    if (bytes > 0) this.commands.copy(from, to, bytes);
  }

  /** Buffer → host. The first wait: everything recorded so far runs. */
  async read(range: BufferRange, bytes: number): Promise<ArrayBuffer> {
    this.assertUsable();
    if (bytes === 0) return new ArrayBuffer(0);
    const usage = 0x1 | 0x8; // MAP_READ | COPY_DST
    const staging = this.pool.create(bytes, "readback", usage);
    this.commands.copy(range, { buffer: staging, offset: 0, size: bytes }, bytes);
    try {
      await this.settle(() => staging.mapAsync(0x1));
      return staging.getMappedRange().slice(0);
    } finally {
      staging.destroy();
    }
  }

  /** Waits until everything recorded so far has run. */
  async synchronize(): Promise<void> {
    this.assertUsable();
    await this.settle(() => this.gpu.queue.onSubmittedWorkDone());
  }

  /** Submits without waiting. */
  flush(): void {
    this.commands.flush();
  }

  /** Frees the reserve of unused buffers. */
  trim(): void {
    this.commands.flush();
    if (this.commands.drained) this.pool.trim();
  }

  /**
   * Runs `run` and says where its time went, kernel by kernel. The first run of a function also
   * compiles its kernels, which `wallMs` shows: run it once before.
   */
  async profile(run: () => unknown): Promise<Profile> {
    if (this.commands !== this.plain) {
      throw new DeviceError("profile: a profile is being taken already. Await it first.");
    }
    await this.synchronize();
    this.resetPeak();
    const timed = timedCommands(this.gpu, this.plain.counts, this.wait);
    this.commands = timed;
    try {
      const began = performance.now();
      await run();
      await this.synchronize();
      const wallMs = performance.now() - began;
      const { name, ceilings } = this;
      const frame = { name, clock: timed.clock, wallMs, ceilings, ...this.pool.stats };
      return summarize(await timed.samples(), frame);
    } finally {
      this.commands = this.plain;
      await timed.drain();
      timed.destroy();
    }
  }

  destroy(): void {
    this.plain.destroy();
    this.pool.trim();
    this.gpu.destroy();
    this.fail(this.lostError("device.destroy() was called"));
  }

  /** Submits, waits for `done`, and throws what went wrong on the way. */
  private async settle(done: () => Promise<unknown>): Promise<void> {
    await this.commands.drain();
    await this.pipelines.settle();
    this.assertUsable();
    try {
      await this.wait(done());
    } catch (error) {
      // A device that dies rejects what is under way with an error that says nothing.
      throw this.failure ?? error;
    }
    await this.pool.settle();
    this.assertUsable();
  }

  private lostError(why: string): DeviceLostError {
    return new DeviceLostError(
      `${this.name}: the device was lost, and its tensors with it (${why}). ` +
        "Open a new device to go on.",
    );
  }

  private fail(error: DeviceError): void {
    this.failure ??= error;
  }

  private assertUsable(): void {
    if (this.failure) throw this.failure;
  }
}
