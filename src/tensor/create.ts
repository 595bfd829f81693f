/** Tensors from values. The device is always an argument. */
import { GpuDevice } from "../device/device.js";
import type { Device } from "../device/types.js";
import { ShapeError } from "../errors.js";
import { type Shape, sameShape, showShape, sizeOf } from "./shape.js";
import { type Dtype, Tensor } from "./tensor.js";

/** Values that a tensor can be made from, row-major. */
export type Values = readonly number[] | Float32Array | Float64Array | Uint32Array;

export interface CreateOptions {
  /** Default: "u32" for a Uint32Array, else "f32". */
  readonly dtype?: Dtype;
  /** What errors call the tensor. */
  readonly label?: string;
}

/**
 * A tensor of `values` in the given shape (a flat vector without one).
 * @throws ShapeError when the number of values does not fit the shape.
 */
export function tensor(
  device: Device,
  values: Values,
  shape: Shape = [values.length],
  { dtype = values instanceof Uint32Array ? "u32" : "f32", label = "tensor" }: CreateOptions = {},
): Tensor {
  if (values.length !== sizeOf(shape)) {
    throw new ShapeError(
      `tensor: ${values.length} values do not fill shape ${showShape(shape)} ` +
        `(${sizeOf(shape)} elements). Give as many values as the shape has elements.`,
    );
  }
  const out = Tensor.allocate(device, { shape, dtype }, label);
  write(out, values);
  return out;
}

/** Overwrites the values of `x` in place. Nothing on the tape may still need the old ones. */
export function write(x: Tensor, values: Values): void {
  if (values.length !== x.size) {
    throw new ShapeError(
      `write: ${values.length} values do not fill ${x.label} ${showShape(x.shape)}. ` +
        `Give ${x.size} values.`,
    );
  }
  if (!(x.device instanceof GpuDevice)) {
    x.reference.data.set(values);
    return;
  }
  const { gpu } = x;
  gpu.device.write(gpu, x.dtype === "f32" ? asFloat32(values) : Uint32Array.from(values));
}

/** Overwrites the values of `target` in place with those of `source`, on one device. */
export function copyInto(target: Tensor, source: Tensor): void {
  if (!sameShape(target.shape, source.shape) || target.device !== source.device) {
    throw new ShapeError(
      `copyInto: ${target} and ${source} differ. Give two tensors of one shape on one device.`,
    );
  }
  if (target.device instanceof GpuDevice) {
    target.device.copy(source.gpu, target.gpu, 4 * target.size);
  } else target.reference.data.set(source.reference.data);
}

/** A tensor of `shape` with the same `value` everywhere. */
export function full(device: Device, shape: Shape, value: number, options?: CreateOptions): Tensor {
  const make = options?.dtype === "u32" ? Uint32Array : Float64Array;
  return tensor(device, new make(sizeOf(shape)).fill(value), shape, options);
}

/** A tensor of `shape` full of 0. */
export function zeros(device: Device, shape: Shape, options?: CreateOptions): Tensor {
  return full(device, shape, 0, options);
}

/** A tensor of `shape` full of 1. */
export function ones(device: Device, shape: Shape, options?: CreateOptions): Tensor {
  return full(device, shape, 1, options);
}

/** A tensor without axes. */
export function scalar(device: Device, value: number, options?: CreateOptions): Tensor {
  return tensor(device, [value], [], options);
}

function asFloat32(values: Values): Float32Array<ArrayBuffer> {
  if (values instanceof Float32Array && values.buffer instanceof ArrayBuffer) {
    return values as Float32Array<ArrayBuffer>;
  }
  return Float32Array.from(values);
}
