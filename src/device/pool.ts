import { DeviceError } from "../errors.js";

/** What the pool has handed out, and what it holds in reserve. */
export interface PoolStats {
  readonly liveBuffers: number;
  readonly liveBytes: number;
  readonly peakBytes: number;
  readonly pooledBytes: number;
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
  private liveBuffers = 0;
  private liveBytes = 0;
  private peakBytes = 0;
  private pooledBytes = 0;

  constructor(gpu: GPUDevice) {
    this.gpu = gpu;
  }

  acquire(bytes: number, label: string): GPUBuffer {
    const size = Math.max(ALIGN, Math.ceil(bytes / ALIGN) * ALIGN);
    const reused = this.free.get(size)?.pop();
    if (reused) this.pooledBytes -= size;
    const buffer = reused ?? this.allocate(size, label);
    this.liveBuffers += 1;
    this.liveBytes += size;
    this.peakBytes = Math.max(this.peakBytes, this.liveBytes);
    return buffer;
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

  get stats(): PoolStats {
    const { liveBuffers, liveBytes, peakBytes, pooledBytes } = this;
    return { liveBuffers, liveBytes, peakBytes, pooledBytes };
  }

  private allocate(size: number, label: string): GPUBuffer {
    const { maxStorageBufferBindingSize: binding, maxBufferSize } = this.gpu.limits;
    const limit = Math.min(binding, maxBufferSize);
    if (size > limit) {
      throw new DeviceError(
        `${label}: a tensor of ${size} bytes exceeds this adapter's limit of ${limit} bytes. ` +
          "Use a smaller batch or picture, or split the tensor.",
      );
    }
    return this.gpu.createBuffer({ size, usage: USAGE, label });
  }
}
