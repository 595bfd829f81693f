/**
 * A device: everything that has state hangs from one. There is no global device.
 *
 * Two kinds exist. `GpuDevice` runs WGSL kernels in float32. `ReferenceDevice` runs the float64
 * references on the host: slow, exact, and open to a debugger.
 */
import { DeviceError } from "../errors.js";
import { type BufferRange, Commands, type Dispatch } from "./commands.js";
import { type Overrides, PipelineCache } from "./pipelines.js";
import { BufferPool } from "./pool.js";
import { type Scope, ScopeStack } from "./scope.js";
import type { Device, DeviceStats } from "./types.js";

/** Options of `GpuDevice`. `kernels: "naive"` runs the slow ancestors of the fast kernels. */
export interface GpuDeviceOptions {
  readonly name?: string;
  readonly kernels?: "fast" | "naive";
  /** Threads per subgroup, where the adapter has subgroups of one size. */
  readonly subgroupSize?: number | undefined;
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
const USED_FEATURES = ["timestamp-query", "subgroups"] as const;

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
  private readonly pool: BufferPool;
  private readonly commands: Commands;
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
    this.pool = new BufferPool(gpu);
    this.commands = new Commands(gpu);
    this.pipelines = new PipelineCache(gpu);
    gpu.onuncapturederror = (event) => this.fail(event.error.message);
    void gpu.lost.then(({ reason, message }) => {
      if (reason !== "destroyed") this.fail(`the device was lost (${message})`);
    });
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

  scope(): Scope {
    return this.scopes.push();
  }

  get stats(): DeviceStats {
    const { dispatches, submissions } = this.commands;
    return { ...this.pool.stats, dispatches, submissions, pipelines: this.pipelines.size };
  }

  acquire(bytes: number, label: string): GPUBuffer {
    this.assertUsable();
    return this.pool.acquire(bytes, label);
  }

  release(buffer: GPUBuffer): void {
    this.pool.release(buffer);
  }

  launch({ label, source, overrides, groups, buffers, uniform }: Launch): void {
    this.assertUsable();
    const folded = typeof groups === "number" ? foldGroups(groups) : groups;
    if (folded.includes(0)) return;
    const pipeline = this.pipelines.get({ label, source, overrides });
    this.commands.dispatch({ pipeline, buffers, uniform, groups: folded });
  }

  /** Host → buffer. What was recorded before is submitted first: the buffer may be a reused one. */
  write({ buffer, offset }: BufferRange, data: ArrayBufferView<ArrayBuffer>): void {
    if (data.byteLength === 0) return;
    this.commands.flush();
    this.gpu.queue.writeBuffer(buffer, offset, data.buffer, data.byteOffset, data.byteLength);
  }

  copy(from: BufferRange, to: BufferRange, bytes: number): void {
    if (bytes > 0) this.commands.copy(from, to, bytes);
  }

  /** Buffer → host. The first wait: everything recorded so far runs. */
  async read(range: BufferRange, bytes: number): Promise<ArrayBuffer> {
    if (bytes === 0) return new ArrayBuffer(0);
    const usage = 0x1 | 0x8; // MAP_READ | COPY_DST
    const staging = this.gpu.createBuffer({ size: bytes, usage, label: "readback" });
    this.commands.copy(range, { buffer: staging, offset: 0, size: bytes }, bytes);
    this.commands.flush();
    try {
      await this.pipelines.settle();
      this.assertUsable();
      await this.wait(staging.mapAsync(0x1));
      this.assertUsable();
      return staging.getMappedRange().slice(0);
    } finally {
      staging.destroy();
    }
  }

  /** Waits until everything recorded so far has run. */
  async synchronize(): Promise<void> {
    this.commands.flush();
    await this.pipelines.settle();
    await this.wait(this.gpu.queue.onSubmittedWorkDone());
    this.assertUsable();
  }

  /** Submits without waiting. */
  flush(): void {
    this.commands.flush();
  }

  /** Frees the reserve of unused buffers. */
  trim(): void {
    this.commands.flush();
    this.pool.trim();
  }

  destroy(): void {
    this.commands.destroy();
    this.pool.trim();
    this.gpu.destroy();
  }

  private fail(message: string): void {
    this.failure ??= new DeviceError(`${this.name}: ${message}. Open a new device to go on.`);
  }

  private assertUsable(): void {
    if (this.failure) throw this.failure;
  }
}
