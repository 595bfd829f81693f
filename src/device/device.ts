/**
 * A device: everything that has state hangs from one. There is no global device.
 *
 * Two kinds exist. `GpuDevice` runs WGSL kernels in float32. `ReferenceDevice` runs the float64
 * references on the host: slow, exact, and open to a debugger.
 *
 * Each part has its own file; this one joins them: all that a device can do, in one place.
 */
import { CaptureError, DeviceError } from "../errors.js";
import { type BufferRange, Commands } from "./commands.js";
import { foldGroups } from "./groups.js";
import { Health } from "./health.js";
import { choiceOf, type KernelChoice } from "./kernel-choice.js";
import { wallTime } from "./measure.js";
import type { GpuDeviceOptions, Launch } from "./options.js";
import { PipelineCache } from "./pipelines.js";
import { BufferPool } from "./pool.js";
import { type Ceilings, PROFILE_INSIDE, type Profile, summarize } from "./profile.js";
import { DEFAULT_RATES, type Rates } from "./rates.js";
import { CAPTURE_INSIDE, READ_INSIDE, Recording } from "./recording.js";
import { Replay, UNIFORM_USAGE } from "./replay.js";
import { requestGpu, traitsOf } from "./request.js";
import { type Scope, ScopeStack } from "./scope.js";
import { timedCommands } from "./timed-commands.js";
import type { Device, DeviceStats, OpObserver } from "./types.js";
import { Watches } from "./watches.js";

/** Runs WGSL kernels in float32. Open one with `openDevice`, `openNodeDevice` or `GpuDevice.from`. */
export class GpuDevice implements Device {
  readonly kind = "gpu";
  readonly name: string;
  readonly kernels: "fast" | "naive";
  readonly subgroupSize: number | undefined;
  /** Whether the adapter is a processor. */
  readonly software: boolean;
  /** Bytes that tensors may take; infinite without one. */
  readonly memoryLimit: number;
  readonly gpu: GPUDevice;
  readonly scopes = new ScopeStack();
  /** Set by `measureCeilings`; profiles read it. */
  ceilings: Ceilings | undefined;
  observer: OpObserver | undefined;
  choice: KernelChoice;
  rates: Rates;
  private readonly pool: BufferPool;
  private readonly plain: Commands;
  /** The plain ones, or while a profile is taken those under a clock. */
  private commands: Commands;
  private readonly pipelines: PipelineCache;
  private readonly health: Health;
  private readonly wait: <T>(promise: Promise<T>) => Promise<T>;
  private readonly watches = new Watches();
  /** While a step is captured: what it asks of the device. */
  private recording: Recording | undefined;

  constructor(gpu: GPUDevice, options: GpuDeviceOptions = {}) {
    const { name = "unnamed adapter", kernels = "fast", wait = (promise) => promise } = options;
    this.gpu = gpu;
    this.name = name;
    this.kernels = kernels === "naive" ? "naive" : "fast";
    this.subgroupSize = options.subgroupSize;
    this.software = options.software ?? false;
    this.choice = choiceOf(kernels, options.subgroupSize);
    this.rates = options.rates ?? DEFAULT_RATES;
    this.wait = wait;
    this.memoryLimit = options.memoryLimit ?? Number.POSITIVE_INFINITY;
    this.pipelines = new PipelineCache(gpu);
    this.health = new Health(gpu, name, this.pipelines);
    this.pool = new BufferPool(gpu, {
      memoryLimit: this.memoryLimit,
      makeRoom: () => this.trim(),
      refused: (error) => this.health.fail(error),
    });
    this.plain = new Commands(gpu);
    this.commands = this.plain;
  }

  /**
   * Asks `adapter` for a device with all that it offers and this project can use.
   * @throws DeviceError when the adapter gives no device.
   */
  static async from(adapter: GPUAdapter, options: GpuDeviceOptions = {}): Promise<GpuDevice> {
    const gpu = await requestGpu(adapter);
    return new GpuDevice(gpu, { ...traitsOf(adapter), ...options });
  }

  /** Whether tensors may hold f16. */
  get f16(): boolean {
    return this.gpu.features.has("shader-f16");
  }

  /** Opens a scope: see Scope. */
  scope(): Scope {
    return this.scopes.push();
  }

  /** Counts and bytes of now: see DeviceStats. */
  get stats(): DeviceStats {
    return { ...this.pool.stats, ...this.plain.counts, pipelines: this.pipelines.size };
  }

  /** Lets `stats.peakBytes` begin anew: before a step, for that step's figure. */
  resetPeak(): void {
    this.pool.resetPeak();
  }

  /**
   * A buffer of at least `bytes` bytes with undefined contents, out of the reserve where one fits.
   * @throws OutOfMemoryError when `memoryLimit` would be passed; DeviceError on a failed device.
   */
  acquire(bytes: number, label: string): GPUBuffer {
    this.health.assertUsable();
    const buffer = this.pool.acquire(bytes, label);
    this.recording?.acquired(buffer, bytes, label);
    return buffer;
  }

  /**
   * Puts a buffer into the reserve: commands recorded later may overwrite it.
   * @param label what held it, for errors of those who still want it
   */
  release(buffer: GPUBuffer, label = "a buffer"): void {
    this.recording?.released(buffer, label);
    this.watches.freed(buffer, label);
    this.pool.release(buffer);
  }

  /** Records one dispatch. Nothing waits; what the kernel does wrong is thrown by the next wait. */
  launch({ label, source, overrides, groups: asked, buffers, uniform, flop }: Launch): void {
    this.health.assertUsable();
    const groups = typeof asked === "number" ? foldGroups(asked) : asked;
    if (groups.includes(0)) return;
    const pipeline = this.pipelines.get(label, source, overrides);
    const command = { label, flop, pipeline, buffers, uniform, groups };
    this.recording?.dispatch(command);
    this.commands.dispatch(command);
  }

  /** Host → buffer, after everything recorded before. */
  write(range: BufferRange, data: ArrayBufferView<ArrayBuffer>, label = "a buffer"): void {
    this.health.assertUsable();
    if (data.byteLength === 0) return;
    this.recording?.write(range, data, label);
    this.commands.write(range, data);
  }

  /** Buffer → buffer, `bytes` a multiple of 4, after everything recorded before. */
  copy(from: BufferRange, to: BufferRange, bytes: number): void {
    this.health.assertUsable();
    if (bytes === 0) return;
    this.recording?.copy(from, to, bytes);
    this.commands.copy(from, to, bytes);
  }

  /** Whether a step is being captured: what runs now will be repeated as it is. */
  get capturing(): boolean {
    return this.recording !== undefined;
  }

  /**
   * Runs `run` and keeps what it asked of the device. It returns the buffers of its results, which
   * stay where they are. `capture` makes a step of tensors from this.
   */
  record(run: () => readonly GPUBuffer[]): Replay {
    this.health.assertUsable();
    if (this.recording) throw new CaptureError(CAPTURE_INSIDE);
    const recording = new Recording();
    this.recording = recording;
    let results: readonly GPUBuffer[];
    try {
      results = run();
    } finally {
      this.recording = undefined;
    }
    if (recording.failure) throw recording.failure;
    const step = new Replay(this.replayHost(), recording, results);
    // What the first run took stands in reserve now, and the step has memory of its own.
    this.trim();
    return step;
  }

  /** Runs a recorded step again. */
  replay(step: Replay): void {
    this.health.assertUsable();
    if (this.recording) throw new CaptureError(CAPTURE_INSIDE);
    step.assertUsable();
    if (this.commands !== this.plain) step.through(this.commands);
    else this.plain.submit(step);
  }

  /**
   * Buffer → host. The first wait: everything recorded so far runs.
   * @throws DeviceError, DeviceLostError or OutOfMemoryError when something recorded before failed;
   * CaptureError inside a captured step.
   */
  async read(range: BufferRange, bytes: number): Promise<ArrayBuffer> {
    this.health.assertUsable();
    if (this.recording) {
      this.recording.refuse(READ_INSIDE);
      throw new CaptureError(READ_INSIDE);
    }
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

  /**
   * Waits until everything recorded so far has run.
   * @throws DeviceError, DeviceLostError or OutOfMemoryError when something of it failed.
   */
  async synchronize(): Promise<void> {
    this.health.assertUsable();
    await this.settle(() => this.gpu.queue.onSubmittedWorkDone());
  }

  /** Submits without waiting. */
  flush(): void {
    this.commands.flush();
  }

  /** Frees the reserve of unused buffers. */
  trim(): void {
    this.commands.flush();
    if (!this.commands.drained) return;
    this.pool.trim();
    this.plain.forget();
  }

  /**
   * Runs `run` and says where its time went, kernel by kernel. The first run of a function also
   * compiles its kernels, which `wallMs` shows: run it once before.
   * Times are milliseconds; bytes and FLOP are those that launches declare.
   * @throws DeviceError when another profile is being taken.
   */
  async profile(run: () => unknown): Promise<Profile> {
    if (this.commands !== this.plain) throw new DeviceError(PROFILE_INSIDE);
    await this.synchronize();
    this.resetPeak();
    const timed = timedCommands(this.gpu, this.plain.counts, this.wait);
    this.commands = timed;
    try {
      const wallMs = await wallTime(async () => {
        await run();
        await this.synchronize();
      });
      const { name, ceilings } = this;
      const frame = { name, clock: timed.clock, wallMs, ceilings, ...this.pool.stats };
      return summarize(await timed.samples(), frame);
    } finally {
      this.commands = this.plain;
      await timed.drain();
      timed.destroy();
    }
  }

  /** Ends the device: its tensors are gone, and every later call throws DeviceLostError. */
  destroy(): void {
    this.plain.destroy();
    this.pool.trim();
    this.gpu.destroy();
    this.health.lost("device.destroy() was called");
  }

  private replayHost() {
    return {
      gpu: this.gpu,
      acquire: (bytes: number, label: string) => this.acquire(bytes, label),
      release: (buffer: GPUBuffer, label: string) => this.release(buffer, label),
      acquireUniforms: (bytes: number) =>
        this.pool.acquireOther(bytes, "uniforms of a captured step", UNIFORM_USAGE),
      releaseUniforms: (buffer: GPUBuffer) => this.pool.releaseOther(buffer),
      write: (range: BufferRange, data: ArrayBufferView<ArrayBuffer>) =>
        this.commands.write(range, data),
      watch: (buffer: GPUBuffer, freed: (label: string) => void) => this.watches.add(buffer, freed),
    };
  }

  /** Submits, waits for `done`, and throws what went wrong on the way. */
  private async settle(done: () => Promise<unknown>): Promise<void> {
    await this.commands.drain();
    await this.pipelines.settle();
    this.health.assertUsable();
    try {
      await this.wait(done());
    } catch (error) {
      // A device that dies rejects what is under way with an error that says nothing.
      throw this.health.failure ?? error;
    }
    await this.pool.settle();
    this.health.assertUsable();
  }
}
