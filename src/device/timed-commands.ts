/**
 * Commands under a clock: a profile puts them in the place of the plain ones, which know nothing
 * of it. With timestamp queries each dispatch gets a compute pass of its own, which writes the
 * time of its beginning and of its end. Without, each dispatch is submitted alone and waited for.
 */
import { type BufferRange, type CommandCounts, Commands, type Dispatch } from "./commands.js";

/** One dispatch as it was timed. Times are in ms; `begin` counts from the first dispatch. */
export interface Sample {
  readonly label: string;
  readonly begin: number;
  readonly ms: number;
  /** Bytes of all bound tensors, each once. */
  readonly bytes: number;
  readonly flop: number | undefined;
  readonly groups: readonly [number, number, number];
}

/** What a profile needs beside the commands themselves. */
export interface TimedCommands extends Commands {
  readonly clock: "timestamps" | "submissions";
  /** The dispatches in the order in which they were given. Everything must have run. */
  samples(): Promise<Sample[]>;
}

type Wait = <T>(promise: Promise<T>) => Promise<T>;

export function timedCommands(gpu: GPUDevice, counts: CommandCounts, wait: Wait): TimedCommands {
  return gpu.features.has("timestamp-query")
    ? new TimestampCommands(gpu, counts)
    : new SubmissionCommands(gpu, counts, wait);
}

/** WebGPU allows this many queries in a set; two belong to each dispatch. */
const QUERIES = 4096;
const RESOLVE = 0x200; // QUERY_RESOLVE

export class TimestampCommands extends Commands implements TimedCommands {
  readonly clock = "timestamps";
  private readonly given: Dispatch[] = [];
  private readonly sets: GPUQuerySet[] = [];

  override dispatch(dispatch: Dispatch): void {
    this.closePass();
    this.given.push(dispatch);
    super.dispatch(dispatch);
    this.closePass();
  }

  async samples(): Promise<Sample[]> {
    const parts: BigUint64Array[] = [];
    for (const set of this.sets) parts.push(await this.resolve(set));
    const time = (query: number): bigint =>
      parts[Math.floor(query / QUERIES)]?.[query % QUERIES] ?? 0n;
    const first = time(0);
    return this.given.map((dispatch, i) => {
      const begin = Number(time(2 * i) - first) / 1e6;
      const end = Number(time(2 * i + 1) - first) / 1e6;
      return sample(dispatch, begin, Math.max(0, end - begin));
    });
  }

  override destroy(): void {
    super.destroy();
    for (const set of this.sets) set.destroy();
  }

  protected override beginPass(encoder: GPUCommandEncoder): GPUComputePassEncoder {
    const begin = 2 * (this.given.length - 1);
    const at = Math.floor(begin / QUERIES);
    const querySet = this.sets[at] ?? this.addSet();
    const timestampWrites = {
      querySet,
      beginningOfPassWriteIndex: begin % QUERIES,
      endOfPassWriteIndex: (begin % QUERIES) + 1,
    };
    return encoder.beginComputePass({ timestampWrites });
  }

  private addSet(): GPUQuerySet {
    const set = this.gpu.createQuerySet({ type: "timestamp", count: QUERIES });
    this.sets.push(set);
    return set;
  }

  private async resolve(set: GPUQuerySet): Promise<BigUint64Array> {
    const size = 8 * QUERIES;
    const resolved = this.gpu.createBuffer({ size, usage: RESOLVE | 0x4 }); // COPY_SRC
    const staging = this.gpu.createBuffer({ size, usage: 0x1 | 0x8 }); // MAP_READ, COPY_DST
    const encoder = this.gpu.createCommandEncoder();
    encoder.resolveQuerySet(set, 0, QUERIES, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, size);
    this.gpu.queue.submit([encoder.finish()]);
    try {
      await staging.mapAsync(0x1);
      return new BigUint64Array(staging.getMappedRange().slice(0));
    } finally {
      resolved.destroy();
      staging.destroy();
    }
  }
}

/** Round trips of an empty submission; the shortest is taken off every dispatch. */
const ROUND_TRIPS = 9;

/**
 * What is recorded waits in line, because recording cannot wait: the line runs, one submission
 * after the other, when something is read.
 */
export class SubmissionCommands extends Commands implements TimedCommands {
  readonly clock = "submissions";
  private readonly line: (() => void | Promise<void>)[] = [];
  private readonly taken: Sample[] = [];
  private readonly wait: Wait;
  private running: Promise<void> = Promise.resolve();
  private roundTrip: number | undefined;
  private first: number | undefined;

  constructor(gpu: GPUDevice, counts: CommandCounts, wait: Wait) {
    super(gpu, counts);
    this.wait = wait;
  }

  override dispatch(dispatch: Dispatch): void {
    this.line.push(() => this.time(dispatch));
  }

  override copy(from: BufferRange, to: BufferRange, bytes: number): void {
    this.line.push(() => super.copy(from, to, bytes));
  }

  override write(range: BufferRange, data: ArrayBufferView<ArrayBuffer>): void {
    const { buffer, byteOffset, byteLength } = data;
    const copy = new Uint8Array(buffer.slice(byteOffset, byteOffset + byteLength));
    this.line.push(() => {
      super.flush();
      super.write(range, copy);
    });
  }

  override flush(): void {
    if (this.drained) super.flush();
  }

  override get drained(): boolean {
    return this.line.length === 0;
  }

  override drain(): Promise<void> {
    this.running = this.running.then(() => this.runLine());
    return this.running;
  }

  async samples(): Promise<Sample[]> {
    return this.taken;
  }

  private async runLine(): Promise<void> {
    for (let next = this.line[0]; next; next = this.line[0]) {
      await next();
      this.line.shift();
    }
    super.flush();
  }

  private async time(dispatch: Dispatch): Promise<void> {
    super.flush();
    this.roundTrip ??= await this.measureRoundTrip();
    const began = performance.now();
    super.dispatch(dispatch);
    super.flush();
    await this.wait(this.gpu.queue.onSubmittedWorkDone());
    const ms = Math.max(0, performance.now() - began - this.roundTrip);
    this.first ??= began;
    this.taken.push(sample(dispatch, began - this.first, ms));
  }

  private async measureRoundTrip(): Promise<number> {
    let least = Number.POSITIVE_INFINITY;
    await this.wait(this.gpu.queue.onSubmittedWorkDone());
    for (let i = 0; i < ROUND_TRIPS; i++) {
      const began = performance.now();
      this.gpu.queue.submit([this.gpu.createCommandEncoder().finish()]);
      await this.wait(this.gpu.queue.onSubmittedWorkDone());
      least = Math.min(least, performance.now() - began);
    }
    return least;
  }
}

function sample({ label, flop, groups, buffers }: Dispatch, begin: number, ms: number): Sample {
  const distinct = new Map(buffers.map((range) => [rangeKey(range, buffers), range.size]));
  let bytes = 0;
  for (const size of distinct.values()) bytes += size;
  return { label, begin, ms, bytes, flop, groups };
}

/** One key for one part of one buffer, however often it is bound. */
function rangeKey({ buffer, offset }: BufferRange, all: readonly BufferRange[]): string {
  return `${all.findIndex((other) => other.buffer === buffer)}:${offset}`;
}
