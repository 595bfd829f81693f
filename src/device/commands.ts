/**
 * The open command encoder: dispatches pile up in one compute pass and go to the queue together.
 *
 * Shapes travel as uniforms. Equal blocks lie once in one buffer, each at its own 256-byte slot: a
 * loop writes them in its first round, and finds its bind groups made in the next ones. When the
 * slots are used up all begins anew; a write that follows a submission cannot overtake it.
 */
import { BindGroups } from "./bind-groups.js";
import type { Pipeline } from "./pipelines.js";
import type { BufferRange } from "./range.js";

export type { BufferRange } from "./range.js";

const SLOT_BYTES = 256;
const SLOTS = 2048;

/** Submitted at the latest after so many dispatches, so that the adapter has work early. */
const MOST_DISPATCHES = 128;

/** Dispatches and copies of the first part of a replay. */
const FIRST_PART = 32;

/** A list of dispatches and copies that were prepared. */
export interface Encodable {
  /** Dispatches and copies. */
  readonly length: number;
  readonly dispatches: number;
  encode(encoder: GPUCommandEncoder, from: number, to: number): void;
}

/** One kernel launch: what to run, on which buffers, with which uniform bytes, how many groups. */
export interface Dispatch {
  readonly label: string;
  /** Arithmetic operations, where the kernel says so; for profiles. */
  readonly flop?: number | undefined;
  readonly pipeline: Pipeline;
  readonly buffers: readonly BufferRange[];
  readonly uniform: ArrayBuffer;
  readonly groups: readonly [number, number, number];
}

/** Launches and submissions since the device was opened. */
export interface CommandCounts {
  dispatches: number;
  submissions: number;
}

export class Commands {
  readonly counts: CommandCounts;
  protected readonly gpu: GPUDevice;
  private readonly uniforms: GPUBuffer;
  private readonly groups: BindGroups;
  private readonly staging = new Uint8Array(SLOT_BYTES * SLOTS);
  private encoder: GPUCommandEncoder | undefined;
  private pass: GPUComputePassEncoder | undefined;
  /** Where each uniform block lies, by its contents. */
  private readonly slots = new Map<string, number>();
  /** How many of them are in the buffer. */
  private written = 0;
  /** Launches of one kernel with one set of numbers hand on the same block. */
  private last: { readonly uniform?: ArrayBuffer; readonly slot: number } = { slot: 0 };
  private open = 0;

  constructor(gpu: GPUDevice, counts: CommandCounts = { dispatches: 0, submissions: 0 }) {
    this.gpu = gpu;
    this.counts = counts;
    const usage = 0x40 | 0x8; // UNIFORM | COPY_DST
    this.uniforms = gpu.createBuffer({ size: SLOT_BYTES * SLOTS, usage, label: "uniforms" });
    this.groups = new BindGroups(gpu);
  }

  /** Lets go of what refers to buffers that were destroyed. */
  forget(): void {
    this.groups.forget();
  }

  dispatch({ pipeline, buffers, uniform, groups }: Dispatch): void {
    if (this.open === MOST_DISPATCHES) this.flush();
    const offset = this.slot(uniform) * SLOT_BYTES;
    const block = { buffer: this.uniforms, offset, size: Math.max(16, uniform.byteLength) };
    const group = this.groups.get(pipeline, buffers, block);
    this.open += 1;
    this.counts.dispatches += 1;
    const pass = this.openPass();
    pass.setPipeline(pipeline.pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(groups[0], groups[1], groups[2]);
  }

  /** Copies `bytes` from the start of one range to the start of another. */
  copy(from: BufferRange, to: BufferRange, bytes: number): void {
    this.closePass();
    const encoder = this.openEncoder();
    encoder.copyBufferToBuffer(from.buffer, from.offset, to.buffer, to.offset, bytes);
  }

  /** Host → buffer. What was recorded before is submitted first: the buffer may be a reused one. */
  write({ buffer, offset }: BufferRange, data: ArrayBufferView<ArrayBuffer>): void {
    this.flush();
    this.gpu.queue.writeBuffer(buffer, offset, data.buffer, data.byteOffset, data.byteLength);
  }

  /**
   * Submits what was recorded before, then a replay, in parts that grow: the adapter works on one while
   * the next is encoded, and a long replay takes few submissions.
   */
  submit(replay: Encodable): void {
    this.flush();
    const { length } = replay;
    for (let from = 0, count = FIRST_PART; from < length; from += count, count *= 2) {
      const encoder = this.gpu.createCommandEncoder();
      replay.encode(encoder, from, Math.min(from + count, length));
      this.gpu.queue.submit([encoder.finish()]);
      this.counts.submissions += 1;
    }
    this.counts.dispatches += replay.dispatches;
  }

  /** Submits what was recorded. Buffers may be destroyed after it where `drained` says so. */
  flush(): void {
    if (!this.encoder) return;
    this.closePass();
    const [from, to] = [this.written * SLOT_BYTES, this.slots.size * SLOT_BYTES];
    if (to > from) this.gpu.queue.writeBuffer(this.uniforms, from, this.staging, from, to - from);
    this.written = this.slots.size;
    this.gpu.queue.submit([this.encoder.finish()]);
    this.counts.submissions += 1;
    this.encoder = undefined;
    this.open = 0;
  }

  /** Whether nothing waits for its turn after `flush`. */
  get drained(): boolean {
    return true;
  }

  /** Waits for the turn of all that was given. Here `flush` leaves nothing behind. */
  async drain(): Promise<void> {
    this.flush();
  }

  destroy(): void {
    this.flush();
    this.uniforms.destroy();
  }

  protected beginPass(encoder: GPUCommandEncoder): GPUComputePassEncoder {
    return encoder.beginComputePass();
  }

  protected closePass(): void {
    this.pass?.end();
    this.pass = undefined;
  }

  /** The slot that holds this block. */
  private slot(uniform: ArrayBuffer): number {
    if (uniform === this.last.uniform) return this.last.slot;
    const slot = this.slotOf(uniform);
    this.last = { uniform, slot };
    return slot;
  }

  private slotOf(uniform: ArrayBuffer): number {
    const key = new Uint32Array(uniform).join();
    const known = this.slots.get(key);
    if (known !== undefined) return known;
    if (this.slots.size === SLOTS) {
      this.flush();
      this.slots.clear();
      this.written = 0;
    }
    const slot = this.slots.size;
    this.staging.set(new Uint8Array(uniform), slot * SLOT_BYTES);
    this.slots.set(key, slot);
    return slot;
  }

  private openEncoder(): GPUCommandEncoder {
    this.encoder ??= this.gpu.createCommandEncoder();
    return this.encoder;
  }

  private openPass(): GPUComputePassEncoder {
    this.pass ??= this.beginPass(this.openEncoder());
    return this.pass;
  }
}
