import { OutOfMemoryError } from "../errors.js";
import { showBytes } from "./units.js";

/** What the pool has handed out, and what it holds in reserve. */
export interface PoolStats {
  readonly liveBuffers: number;
  readonly liveBytes: number;
  /** The most that was live at once since the device was opened, or since `resetPeak`. */
  readonly peakBytes: number;
  readonly pooledBytes: number;
}

export interface PoolOptions {
  /** Bytes that may be live and in reserve together. */
  readonly memoryLimit: number;
  /** Called when the reserve must go to make room. What is recorded must be submitted first. */
  readonly makeRoom: () => void;
  /** Called, later, when the adapter turned out to have no memory for a buffer. */
  readonly refused: (error: OutOfMemoryError) => void;
}

const USAGE = 0x80 | 0x8 | 0x4; // STORAGE | COPY_DST | COPY_SRC

/** Storage bindings are read as vec4, so every buffer is a multiple of 16 bytes. */
const ALIGN = 16;

/**
 * Reuses GPU buffers of equal size. A training step asks for the same sizes again and again, so
 * exact sizes hit nearly always. Reuse needs no fence: commands of one queue run in order.
 */
export class BufferPool {
  private readonly free = new Map<number, GPUBuffer[]>();
  private readonly gpu: GPUDevice;
  private readonly options: PoolOptions;
  private readonly checks = new Set<Promise<void>>();
  private liveBuffers = 0;
  private liveBytes = 0;
  private peakBytes = 0;
  private pooledBytes = 0;

  constructor(gpu: GPUDevice, options: PoolOptions) {
    this.gpu = gpu;
    this.options = options;
  }

  /** @throws OutOfMemoryError, before anything is allocated; the device stays usable. */
  acquire(bytes: number, label: string): GPUBuffer {
    const size = Math.max(ALIGN, Math.ceil(bytes / ALIGN) * ALIGN);
    const reused = this.free.get(size)?.pop();
    if (reused) this.pooledBytes -= size;
    const buffer = reused ?? this.allocate(size, label);
    this.count(size);
    return buffer;
  }

  /** A buffer that is not the pool's. The adapter's refusal comes later, by an error scope. */
  create(size: number, label: string, usage: number): GPUBuffer {
    this.gpu.pushErrorScope("out-of-memory");
    const buffer = this.gpu.createBuffer({ size, usage, label });
    const what = "the adapter has no memory left";
    const refusal = this.outOfMemory(label, size, what, undefined, "Open a new device, and use");
    // A lost device answers no scope; `lost` reports it.
    const answer = this.gpu.popErrorScope().catch(() => null);
    const check = answer.then((error) => {
      this.checks.delete(check);
      if (error) this.options.refused(refusal);
    });
    this.checks.add(check);
    return buffer;
  }

  /** A buffer of another use, which counts as live and is never reused. */
  acquireOther(size: number, label: string, usage: number): GPUBuffer {
    const buffer = this.create(size, label, usage);
    this.count(size);
    return buffer;
  }

  releaseOther(buffer: GPUBuffer): void {
    this.liveBuffers -= 1;
    this.liveBytes -= buffer.size;
    buffer.destroy();
  }

  release(buffer: GPUBuffer): void {
    const size = buffer.size;
    const list = this.free.get(size);
    if (list) list.push(buffer);
    else this.free.set(size, [buffer]);
    this.liveBuffers -= 1;
    this.liveBytes -= size;
    this.pooledBytes += size;
  }

  /** Destroys what is held in reserve. */
  trim(): void {
    for (const list of this.free.values()) for (const buffer of list) buffer.destroy();
    this.free.clear();
    this.pooledBytes = 0;
  }

  /** Counts the peak anew, from what is live now. */
  resetPeak(): void {
    this.peakBytes = this.liveBytes;
  }

  /** Resolves when the adapter has answered for every buffer made so far. */
  async settle(): Promise<void> {
    await Promise.all(this.checks);
  }

  get stats(): PoolStats {
    const { liveBuffers, liveBytes, peakBytes, pooledBytes } = this;
    return { liveBuffers, liveBytes, peakBytes, pooledBytes };
  }

  private count(size: number): void {
    this.liveBuffers += 1;
    this.liveBytes += size;
    this.peakBytes = Math.max(this.peakBytes, this.liveBytes);
  }

  private allocate(size: number, label: string): GPUBuffer {
    const { maxStorageBufferBindingSize: binding, maxBufferSize } = this.gpu.limits;
    const largest = Math.min(binding, maxBufferSize);
    if (size > largest) {
      const what = `one tensor may have at most ${showBytes(largest)} on this adapter`;
      throw this.outOfMemory(label, size, what, largest);
    }
    const { memoryLimit, makeRoom } = this.options;
    if (this.liveBytes + this.pooledBytes + size > memoryLimit) makeRoom();
    if (this.liveBytes + this.pooledBytes + size > memoryLimit) {
      const what = `the device's memoryLimit is ${showBytes(memoryLimit)}`;
      throw this.outOfMemory(label, size, what, memoryLimit);
    }
    return this.create(size, label, USAGE);
  }

  private outOfMemory(
    label: string,
    asked: number,
    what: string,
    limit: number | undefined,
    use = "Use",
  ): OutOfMemoryError {
    const live = this.liveBytes;
    return new OutOfMemoryError(
      `${label}: ${showBytes(asked)} were asked for with ${showBytes(live)} live, and ${what}. ` +
        `${use} a smaller batch or picture, free tensors by scopes, or split the tensor.`,
      { asked, live, limit },
    );
  }
}
