/**
 * What a function asked of a device, written down while it runs: dispatches, copies, host writes,
 * and which buffer held what at that time. The pool hands the same buffer out many times, so a
 * buffer that was made inside is known here by its making, `Made`, and not by its GPUBuffer.
 */
import { CaptureError, type HitofudeError } from "../errors.js";
import type { BufferRange, Dispatch } from "./commands.js";

export const CAPTURE_INSIDE =
  "capture: a captured step was run inside another one that is being recorded. " +
  "Call its function itself there.";

export const READ_INSIDE =
  "capture: values were read back inside the captured step, and a replay reads nothing back. " +
  "Return the tensor, and read it after the step.";

/** A buffer that the recorded function made. */
export interface Made {
  readonly bytes: number;
  readonly label: string;
  /** What the host wrote into it, when nothing else ever writes there. */
  constant: Uint8Array<ArrayBuffer> | undefined;
  /** Commands that write to it. */
  writers: number;
}

/** A part of a buffer: one that was made inside, or one from outside, bound as it is. */
export interface Region {
  readonly memory: Made | GPUBuffer;
  readonly offset: number;
  readonly size: number;
}

export interface RecordedDispatch {
  readonly kind: "dispatch";
  readonly dispatch: Omit<Dispatch, "buffers">;
  readonly regions: readonly Region[];
}

export interface RecordedCopy {
  readonly kind: "copy";
  readonly from: Region;
  readonly to: Region;
  readonly bytes: number;
}

export type Command = RecordedDispatch | RecordedCopy;

export class Recording {
  /** The first thing that a replay could not repeat. */
  failure: HitofudeError | undefined;
  /** Buffers from outside that the function used. */
  readonly outside = new Set<GPUBuffer>();
  private readonly recorded: Command[] = [];
  /** What each buffer holds now. */
  private readonly holds = new Map<GPUBuffer, Made>();

  acquired(buffer: GPUBuffer, bytes: number, label: string): void {
    this.holds.set(buffer, { bytes, label, constant: undefined, writers: 0 });
  }

  released(buffer: GPUBuffer, label: string): void {
    if (this.holds.delete(buffer) || !this.outside.has(buffer)) return;
    this.refuse(
      `capture: ${label} was made outside the captured step and is freed inside it, so a replay ` +
        "would miss it. Free it after the step, or update it in place.",
    );
  }

  dispatch({ buffers, ...dispatch }: Dispatch): void {
    const regions = buffers.map((range) => this.region(range));
    regions.forEach(({ memory }, binding) => {
      if ("writers" in memory && dispatch.pipeline.writes.has(binding)) memory.writers += 1;
    });
    this.recorded.push({ kind: "dispatch", dispatch, regions });
  }

  copy(from: BufferRange, to: BufferRange, bytes: number): void {
    this.push({ kind: "copy", from: this.region(from), to: this.region(to), bytes });
  }

  /** Values of the host are constants of the step: a replay copies the same ones. */
  write(range: BufferRange, data: ArrayBufferView<ArrayBuffer>, label: string): void {
    const to = this.region(range);
    if (!("writers" in to.memory)) {
      this.refuse(
        `capture: ${label} was made outside the captured step, and values of the host are written into it ` +
          "inside: a replay would write the same ones again. Write before the step runs, or make " +
          "the values an input of the step.",
      );
      return;
    }
    const { buffer, byteOffset, byteLength: bytes } = data;
    const constant = new Uint8Array(buffer.slice(byteOffset, byteOffset + bytes));
    const source: Made = { bytes, label, constant, writers: 0 };
    const from = { memory: source, offset: 0, size: bytes };
    this.push({ kind: "copy", from, to, bytes });
  }

  refuse(message: string): void {
    this.failure ??= new CaptureError(message);
  }

  /** What a buffer holds now: something made inside, or undefined. */
  madeIn(buffer: GPUBuffer): Made | undefined {
    return this.holds.get(buffer);
  }

  /**
   * The commands of the step. A buffer that one host write fills, whole, and nothing else changes is
   * a constant: it is filled once, and the copy into it left out.
   */
  commands(): Command[] {
    return this.recorded.filter((command) => {
      if (command.kind === "dispatch") return true;
      const { from, to } = command;
      if (!("writers" in from.memory) || !("writers" in to.memory)) return true;
      const constant = from.memory.constant;
      if (!constant || from.memory.writers > 0 || to.memory.writers > 1 || to.offset > 0)
        return true;
      to.memory.constant = constant;
      return false;
    });
  }

  private push(command: RecordedCopy): void {
    if ("writers" in command.to.memory) command.to.memory.writers += 1;
    this.recorded.push(command);
  }

  private region({ buffer, offset, size }: BufferRange): Region {
    const made = this.holds.get(buffer);
    if (!made) this.outside.add(buffer);
    return { memory: made ?? buffer, offset, size };
  }
}
