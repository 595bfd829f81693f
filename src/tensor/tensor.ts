/**
 * A tensor: a shape, an element type, a device, and storage that views may share.
 * Tensors are contiguous and row-major. Operations live in `ops/`; nothing here computes.
 */
import { GpuDevice } from "../device/device.js";
import type { ReferenceDevice } from "../device/reference.js";
import type { BufferRange, Device } from "../device/types.js";
import { DeviceError, DisposedError, FuseError, ShapeError } from "../errors.js";
import { bytesOf, type Dtype, decode, fromFloat64, type TensorData } from "./dtype.js";
import { NdArray } from "./ndarray.js";
import { assertShape, type Shape, showShape, sizeOf } from "./shape.js";
import { allocateMemory, Storage } from "./storage.js";

export type { Dtype } from "./dtype.js";

/** Bytes to which adapters align what they bind. */
const BINDING_ALIGN = 256;

/** Elements of four bytes to which windows into a storage are aligned. */
export const WINDOW_ALIGN = BINDING_ALIGN / 4;

/** Whether a window of elements of this type may begin there. */
export function isWindowStart(offset: number, dtype: Dtype): boolean {
  return offset >= 0 && (offset * bytesOf(dtype)) % BINDING_ALIGN === 0;
}

/** What an op says about its result before it exists. */
export interface TensorSpec {
  readonly shape: Shape;
  readonly dtype: Dtype;
}

/** The tape's handle on a tensor; `autograd` gives it meaning. */
export interface TapeHandle {
  readonly op: string;
}

/** A tensor: see the header. Made by `tensor`, `zeros`, `randomNormal` and by ops. */
export class Tensor {
  readonly device: Device;
  readonly shape: Shape;
  readonly dtype: Dtype;
  /** What made it: an op's name, or what the caller said. Appears in errors. */
  readonly label: string;
  /** Set when a derivative may be asked of what made this tensor. */
  readonly tape: TapeHandle | undefined;
  /** Where it begins in its storage, in elements. */
  readonly offset: number;
  /** Elements in all. */
  readonly size: number;
  private readonly storage: Storage;
  private freed = false;
  /** What `gpu` answers, once it was asked. */
  private range: (BufferRange & { readonly device: GpuDevice }) | undefined;

  private constructor(
    device: Device,
    spec: TensorSpec,
    label: string,
    tape: TapeHandle | undefined,
    storage: Storage,
    offset = 0,
  ) {
    this.device = device;
    this.shape = spec.shape;
    this.dtype = spec.dtype;
    this.label = label;
    this.tape = tape;
    this.storage = storage;
    this.offset = offset;
    this.size = sizeOf(spec.shape);
    device.scopes.current?.adopt(this);
  }

  /** Memory with undefined contents, for an op to fill. */
  static allocate(device: Device, spec: TensorSpec, label: string, tape?: TapeHandle): Tensor {
    assertShape(label, spec.shape);
    const memory = allocateMemory(device, spec, label);
    return new Tensor(device, spec, label, tape, new Storage(device, memory));
  }

  /** A float64 array as a tensor of the reference device. */
  static fromReference(
    device: ReferenceDevice,
    array: NdArray,
    dtype: Dtype,
    label: string,
    tape?: TapeHandle,
  ): Tensor {
    const storage = new Storage(device, { values: array.data });
    return new Tensor(device, { shape: array.shape, dtype }, label, tape, storage);
  }

  /** What an op writes down on a symbolic device in place of values: see `fuse`. @internal */
  static symbolic(
    device: Device,
    spec: TensorSpec,
    label: string,
    symbol: object,
    tape?: TapeHandle,
  ): Tensor {
    return new Tensor(device, spec, label, tape, new Storage(device, { symbol }));
  }

  /**
   * The same storage under another shape, label or tape.
   * @throws ShapeError when the number of elements differs, DisposedError after it was freed.
   */
  alias(change: { shape?: Shape; tape?: TapeHandle | undefined; label?: string }): Tensor {
    this.assertAlive();
    const shape = change.shape ?? this.shape;
    if (sizeOf(shape) !== this.size) {
      throw new ShapeError(
        `reshape: ${showShape(this.shape)} has ${this.size} elements, ${showShape(shape)} has ` +
          `${sizeOf(shape)}. Choose a shape of ${this.size} elements.`,
      );
    }
    const spec = { shape, dtype: this.dtype };
    const label = change.label ?? this.label;
    const storage = this.storage.share();
    const view = new Tensor(this.device, spec, label, change.tape, storage, this.offset);
    this.device.observer?.viewed(this, view);
    return view;
  }

  /**
   * A part of the same storage, from `offset` on (in elements, counted from the storage's start).
   * Offsets are multiples of 256 bytes (WINDOW_ALIGN elements of four): adapters bind nothing finer.
   */
  window(offset: number, shape: Shape, label = this.label, tape?: TapeHandle): Tensor {
    this.assertAlive();
    if (!isWindowStart(offset, this.dtype)) {
      const align = BINDING_ALIGN / bytesOf(this.dtype);
      throw new ShapeError(
        `window: offset ${offset} is no multiple of ${align}. Pad the parts before it.`,
      );
    }
    const spec = { shape, dtype: this.dtype };
    return new Tensor(this.device, spec, label, tape, this.storage.share(), offset);
  }

  /** Whether writing to one would change the other's storage. */
  sharesStorageWith(other: Tensor): boolean {
    return this.storage === other.storage;
  }

  /** What its elements take in a buffer, without padding. */
  get bytes(): number {
    return bytesOf(this.dtype) * this.size;
  }

  /** Axes. */
  get rank(): number {
    return this.shape.length;
  }

  /** The size along `axis`, counted from the end when negative. */
  dim(axis: number): number {
    return this.shape.at(axis) ?? 1;
  }

  /** Whether it was freed. */
  get disposed(): boolean {
    return this.freed;
  }

  /** The buffer behind the tensor; for kernels. */
  get gpu(): BufferRange & { readonly device: GpuDevice } {
    this.assertAlive();
    if (this.range) return this.range;
    const { memory } = this.storage;
    if ("symbol" in memory) throw noValues(this);
    if (!("buffer" in memory) || !(this.device instanceof GpuDevice)) {
      throw new DeviceError(
        `${this.label}: a kernel was run on a tensor of the reference device. ` +
          "Run the op instead of its kernel, or move the tensor to a GPU device.",
      );
    }
    const size = Math.max(16, Math.ceil(this.bytes / 16) * 16);
    const offset = bytesOf(this.dtype) * this.offset;
    this.range = { device: this.device, buffer: memory.buffer, offset, size };
    return this.range;
  }

  /** The float64 values behind a tensor of the reference device (shared, not copied). */
  get reference(): NdArray {
    this.assertAlive();
    const { memory } = this.storage;
    if ("symbol" in memory) throw noValues(this);
    if (!("values" in memory)) {
      throw new DeviceError(
        `${this.label}: its values are on ${this.device.name}. Read them with await x.data().`,
      );
    }
    const whole = this.offset === 0 && memory.values.length === this.size;
    const end = this.offset + this.size;
    return new NdArray(
      this.shape,
      whole ? memory.values : memory.values.subarray(this.offset, end),
    );
  }

  /** What was written down for a tensor of a symbolic device; undefined elsewhere. @internal */
  get symbol(): object | undefined {
    this.assertAlive();
    const { memory } = this.storage;
    return "symbol" in memory ? memory.symbol : undefined;
  }

  /**
   * Reads the values back, row-major: Float32Array for f32 and f16, Int32Array, Uint32Array, and
   * a Uint8Array of 0 and 1 for bool.
   * Waits for the adapter.
   * @throws DisposedError after it was freed; DeviceError, DeviceLostError or OutOfMemoryError when
   * something recorded before failed; CaptureError inside a captured step.
   */
  async data(): Promise<TensorData> {
    this.assertAlive();
    const { memory } = this.storage;
    if ("values" in memory) return fromFloat64(this.dtype, this.reference.data);
    const { gpu, dtype, size } = this;
    return decode(dtype, await gpu.device.read(gpu, wholeWords(this.bytes)), size);
  }

  /**
   * The one value of a tensor with one element.
   * @throws ShapeError for another number of elements; and what data() throws.
   */
  async item(): Promise<number> {
    if (this.size !== 1) {
      throw new ShapeError(
        `item: ${showShape(this.shape)} has ${this.size} elements, not one. Read it with data().`,
      );
    }
    const { memory } = this.storage;
    if ("values" in memory) return this.reference.flat(0);
    return (await this.data())[0] ?? Number.NaN;
  }

  /** Frees this tensor; the storage goes when no other view holds it. Twice is harmless. */
  dispose(): void {
    if (this.freed) return;
    this.freed = true;
    this.storage.release(this.label);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** One line, without reading the values: `show` reads them. */
  toString(): string {
    const where = this.freed ? "freed" : this.device.name;
    return `Tensor(${this.label}, ${this.dtype} ${showShape(this.shape)}, ${where})`;
  }

  /** What console.log and util.inspect of Node print. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  private assertAlive(): void {
    if (!this.freed) return;
    throw new DisposedError(
      `${this.label} ${showShape(this.shape)} was used after it was freed. ` +
        "Keep it with scope.keep(x), or make it outside the scope.",
    );
  }
}

/** Copies move words of four bytes; buffers are padded further than that. */
export function wholeWords(bytes: number): number {
  return Math.ceil(bytes / 4) * 4;
}

function noValues({ device, label }: Tensor): FuseError {
  return new FuseError(
    `${device.name}: ${label} has no values yet: the function is only written down. ` +
      "Compute with elementwise ops alone, and read values outside of it.",
  );
}
