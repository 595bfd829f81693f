/** Tensors from values. The device is always an argument. */
import { GpuDevice } from "../device/device.js";
import type { Device } from "../device/types.js";
import { ShapeError } from "../errors.js";
import { assertDtype, type Dtype, dtypeOf, encode, toFloat64, type Values } from "./dtype.js";
import { fill } from "./fill.js";
import { type Shape, sameShape, showShape, sizeOf } from "./shape.js";
import { Tensor, wholeWords } from "./tensor.js";

export type { Values } from "./dtype.js";

/** Element type and label of a new tensor. */
export interface CreateOptions {
  /**
   * Default: "i32" for an Int32Array, "u32" for a Uint32Array, "bool" for booleans and a
   * Uint8Array, else "f32".
   */
  readonly dtype?: Dtype;
  /** What errors call the tensor. */
  readonly label?: string;
}

/**
 * A tensor of `values`, row-major, in the given shape (a flat vector without one).
 * @throws ShapeError when the number of values does not fit the shape; DtypeError for f16 on an
 * adapter without it, and for a value that an i32, a u32 or a bool cannot hold; OutOfMemoryError
 * past the device's limit.
 */
export function tensor(
  device: Device,
  values: Values,
  shape: Shape = [values.length],
  { dtype = dtypeOf(values), label = "tensor" }: CreateOptions = {},
): Tensor {
  if (values.length !== sizeOf(shape)) {
    throw new ShapeError(
      `tensor: ${values.length} values do not fill shape ${showShape(shape)} ` +
        `(${sizeOf(shape)} elements). Give as many values as the shape has elements.`,
    );
  }
  assertDtype("tensor", dtype);
  const out = Tensor.allocate(device, { shape, dtype }, label);
  try {
    write(out, values);
  } catch (error) {
    out.dispose();
    throw error;
  }
  return out;
}

/**
 * Overwrites the values of `x` in place. Nothing on the tape may still need the old ones.
 * @throws ShapeError when the number of values is not that of x.
 */
export function write(x: Tensor, values: Values): void {
  if (values.length !== x.size) {
    throw new ShapeError(
      `write: ${values.length} values do not fill ${x.label} ${showShape(x.shape)}. ` +
        `Give ${x.size} values.`,
    );
  }
  if (!(x.device instanceof GpuDevice)) {
    x.reference.data.set(toFloat64(x.dtype, values, x.label));
    return;
  }
  const { gpu } = x;
  gpu.device.write(gpu, encode(x.dtype, values, x.label), x.label);
}

/** Overwrites the values of `target` in place with those of `source`, on one device. */
export function copyInto(target: Tensor, source: Tensor): void {
  const alike = sameShape(target.shape, source.shape) && target.dtype === source.dtype;
  if (!alike || target.device !== source.device) {
    throw new ShapeError(
      `copyInto: ${target} and ${source} differ. ` +
        "Give two tensors of one shape and one dtype on one device.",
    );
  }
  if (target.device instanceof GpuDevice) {
    target.device.copy(source.gpu, target.gpu, wholeWords(target.bytes));
  } else target.reference.data.set(source.reference.data);
}

/** A tensor of `shape` with the same `value` everywhere: the device writes it. */
export function full(
  device: Device,
  shape: Shape,
  value: number,
  { dtype = "f32", label = "tensor" }: CreateOptions = {},
): Tensor {
  assertDtype("full", dtype);
  const out = Tensor.allocate(device, { shape, dtype }, label);
  try {
    fill(out, value);
  } catch (error) {
    out.dispose();
    throw error;
  }
  return out;
}

/** A tensor of `shape` full of 0. */
export function zeros(device: Device, shape: Shape, options?: CreateOptions): Tensor {
  return full(device, shape, 0, options);
}

/** A tensor of `shape` full of 1. */
export function ones(device: Device, shape: Shape, options?: CreateOptions): Tensor {
  return full(device, shape, 1, options);
}

/**
 * A tensor without axes.
 * Shape [].
 */
export function scalar(device: Device, value: number, options?: CreateOptions): Tensor {
  return tensor(device, [value], [], options);
}
