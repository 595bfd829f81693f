/**
 * A recorded step, ready to run again: pipelines, bind groups and uniforms are made once, memory is
 * planned from the recorded lives (memory-plan.ts). A replay is one loop over the list, since WebGPU has
 * no command buffer that can be submitted twice; how it is submitted, commands.ts decides.
 */
import { DisposedError } from "../errors.js";
import { bindGroup } from "./bind-groups.js";
import type { BufferRange, Commands, Dispatch } from "./commands.js";
import { type Life, largestDemand, planMemory } from "./memory-plan.js";
import type { Command, Made, RecordedDispatch, Recording, Region } from "./recording.js";

/** What a replay needs of its device. */
export interface ReplayHost {
  readonly gpu: GPUDevice;
  acquire(bytes: number, label: string): GPUBuffer;
  release(buffer: GPUBuffer, label: string): void;
  acquireUniforms(bytes: number): GPUBuffer;
  releaseUniforms(buffer: GPUBuffer): void;
  /** In turn with what was recorded before: the buffer may be a reused one. */
  write(range: BufferRange, data: ArrayBufferView<ArrayBuffer>): void;
  /** Calls `freed` with a tensor's label when the buffer is freed. Returns what ends the watch. */
  watch(buffer: GPUBuffer, freed: (label: string) => void): () => void;
}

/** Memory of a captured step, in bytes. */
export interface CaptureMemory {
  /** What the step holds for tensors made inside it. */
  readonly planned: number;
  /** The same tensors, each in memory of its own. */
  readonly sum: number;
  /** The most of them that live at once: no plan needs less. */
  readonly least: number;
  /** Of `planned`: constants and outputs, which share with nothing. */
  readonly lasting: number;
}

interface Encoded {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

interface EncodedCopy {
  readonly from: BufferRange;
  readonly to: BufferRange;
  readonly bytes: number;
}

/** One after the other: a dispatch or a copy. */
type Step = Encoded | EncodedCopy;

const UNIFORM_ALIGN = 256;
/** UNIFORM | COPY_DST */
export const UNIFORM_USAGE = 0x40 | 0x8;

/** A recorded step of a GPU device: `device.record` makes one, `device.replay` runs it. */
export class Replay {
  readonly memory: CaptureMemory;
  readonly dispatches: number;
  private readonly host: ReplayHost;
  private readonly commands: readonly Command[];
  private readonly steps: readonly Step[];
  private readonly buffers = new Map<Made, GPUBuffer>();
  private readonly owned: GPUBuffer[] = [];
  private readonly uniforms: GPUBuffer;
  private readonly unwatch: readonly (() => void)[];
  private freed: string | undefined;

  /** @param outputs buffers that stay: what the first run left in them is the first result. */
  constructor(host: ReplayHost, recording: Recording, outputs: readonly GPUBuffer[]) {
    this.host = host;
    this.commands = recording.commands();
    for (const buffer of outputs) {
      const made = recording.madeIn(buffer);
      if (made) this.buffers.set(made, buffer);
    }
    this.memory = this.allocate();
    this.dispatches = this.commands.filter(({ kind }) => kind === "dispatch").length;
    const offsets = new Map<RecordedDispatch, number>();
    this.uniforms = this.packUniforms(offsets);
    this.steps = this.commands.map((command) =>
      command.kind === "dispatch"
        ? this.encodeDispatch(command, offsets.get(command) ?? 0)
        : { from: this.range(command.from), to: this.range(command.to), bytes: command.bytes },
    );
    this.unwatch = [...recording.outside, ...outputs].map((buffer) =>
      host.watch(buffer, (label) => {
        this.freed ??= label;
      }),
    );
  }

  /** @throws DisposedError when a result, or something from outside that it uses, was freed. */
  assertUsable(): void {
    if (this.freed === undefined) return;
    throw new DisposedError(
      `capture: ${this.freed} was freed, and the captured step uses it. ` +
        "Free the step first, and capture a new one.",
    );
  }

  /** How many dispatches and copies. */
  get length(): number {
    return this.steps.length;
  }

  /** The whole hot path: dispatches and copies, those numbered from `from` up to `to`. */
  encode(encoder: GPUCommandEncoder, from: number, to: number): void {
    let pass: GPUComputePassEncoder | undefined;
    let current: GPUComputePipeline | undefined;
    for (let i = from; i < to; i++) {
      const step = this.steps[i] as Step;
      if ("group" in step) {
        pass ??= encoder.beginComputePass();
        if (step.pipeline !== current) pass.setPipeline(step.pipeline);
        current = step.pipeline;
        pass.setBindGroup(0, step.group);
        pass.dispatchWorkgroups(step.x, step.y, step.z);
      } else {
        pass?.end();
        pass = undefined;
        current = undefined;
        const { from, to, bytes } = step;
        encoder.copyBufferToBuffer(from.buffer, from.offset, to.buffer, to.offset, bytes);
      }
    }
    pass?.end();
  }

  /** The same, command by command: for a profile, which has a clock on each. @internal */
  through(commands: Commands): void {
    for (const command of this.commands) {
      if (command.kind === "dispatch") commands.dispatch(this.dispatchOf(command));
      else commands.copy(this.range(command.from), this.range(command.to), command.bytes);
    }
  }

  /** Frees all that the step made, outputs apart. */
  dispose(): void {
    for (const end of this.unwatch) end();
    for (const buffer of this.owned) this.host.release(buffer, "captured step");
    this.host.releaseUniforms(this.uniforms);
  }

  /** Gives every buffer that the step makes a memory. */
  private allocate(): CaptureMemory {
    const lives = this.lives();
    const lasting: Made[] = [];
    const passing: Made[] = [];
    for (const made of lives.keys()) {
      (made.constant || this.buffers.has(made) ? lasting : passing).push(made);
    }
    for (const made of lasting) {
      const buffer = this.buffers.get(made) ?? this.acquire(made.bytes, made.label);
      this.buffers.set(made, buffer);
      const { constant, bytes: size } = made;
      if (constant) this.host.write({ buffer, offset: 0, size }, constant);
    }
    const list = passing.map((made) => lives.get(made) ?? { bytes: made.bytes, first: 0, last: 0 });
    const { places, sizes } = planMemory(list);
    const memories = sizes.map((bytes, i) => this.acquire(bytes, `captured step, memory ${i}`));
    passing.forEach((made, i) => {
      const buffer = memories[places[i] ?? 0];
      if (buffer) this.buffers.set(made, buffer);
    });
    const kept = sum(lasting.map(({ bytes }) => bytes));
    return {
      planned: kept + sum(sizes),
      sum: kept + sum(list.map(({ bytes }) => bytes)),
      least: kept + largestDemand(list),
      lasting: kept,
    };
  }

  /** First and last use of everything made inside, in the order of first use. */
  private lives(): Map<Made, Life> {
    const lives = new Map<Made, Life>();
    this.commands.forEach((command, at) => {
      const regions = command.kind === "dispatch" ? command.regions : [command.from, command.to];
      for (const { memory } of regions) {
        if (!("writers" in memory)) continue;
        const first = lives.get(memory)?.first ?? at;
        lives.set(memory, { bytes: memory.bytes, first, last: at });
      }
    });
    return lives;
  }

  private acquire(bytes: number, label: string): GPUBuffer {
    const buffer = this.host.acquire(bytes, label);
    this.owned.push(buffer);
    return buffer;
  }

  /** Uniforms of all dispatches in one buffer; equal ones lie there once. */
  private packUniforms(offsets: Map<RecordedDispatch, number>): GPUBuffer {
    const known = new Map<string, number>();
    const blocks: Uint8Array[] = [];
    for (const command of this.commands) {
      if (command.kind !== "dispatch") continue;
      const bytes = new Uint8Array(command.dispatch.uniform);
      const key = bytes.join();
      const block = known.get(key) ?? blocks.push(bytes) - 1;
      known.set(key, block);
      offsets.set(command, block * UNIFORM_ALIGN);
    }
    const all = new Uint8Array(Math.max(1, blocks.length) * UNIFORM_ALIGN);
    for (const [i, block] of blocks.entries()) all.set(block, i * UNIFORM_ALIGN);
    const buffer = this.host.acquireUniforms(all.byteLength);
    this.host.gpu.queue.writeBuffer(buffer, 0, all);
    return buffer;
  }

  private encodeDispatch(command: RecordedDispatch, offset: number): Encoded {
    const { buffers, pipeline, uniform, groups } = this.dispatchOf(command);
    const size = Math.max(16, uniform.byteLength);
    const block = { buffer: this.uniforms, offset, size };
    const group = bindGroup(this.host.gpu, pipeline.layout, buffers, block);
    const [x, y, z] = groups;
    return { pipeline: pipeline.pipeline, group, x, y, z };
  }

  private dispatchOf({ dispatch, regions }: RecordedDispatch): Dispatch {
    return { ...dispatch, buffers: regions.map((region) => this.range(region)) };
  }

  private range({ memory, offset, size }: Region): BufferRange {
    // The plan gave every memory that a dispatch uses its buffer.
    const buffer = "writers" in memory ? (this.buffers.get(memory) as GPUBuffer) : memory;
    return { buffer, offset, size };
  }
}

function sum(list: readonly number[]): number {
  return list.reduce((a, b) => a + b, 0);
}
