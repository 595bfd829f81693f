/**
 * Tensors one after another along an axis. The way back is `chunk` or `slice`.
 *
 *     y = [x_1; x_2; …]          dx_k = the slice of dy where x_k lies
 */
import { nodeOf, TapeNode } from "../autograd/tape.js";
import { ReferenceDevice } from "../device/reference.js";
import { DeviceError, DtypeError, ShapeError } from "../errors.js";
import { NdArray } from "../tensor/ndarray.js";
import { known, normalizeAxis, type Shape, showShape, sizeOf, stridesOf } from "../tensor/shape.js";
import { runStridedWrite } from "../tensor/strided-copy.js";
import { Tensor } from "../tensor/tensor.js";
import { slice } from "./slice.js";

/**
 * Tensors of one shape but for `axis` → one tensor whose size there is the sum.
 * @throws ShapeError when other sizes differ or no tensor was given, DtypeError for two element
 * types, DeviceError for two devices.
 */
export function concat(inputs: readonly Tensor[], axis: number): Tensor {
  const [first] = inputs;
  if (!first) throw new ShapeError("concat: no tensor was given. Give at least one.");
  const at = normalizeAxis("concat", axis, first.rank);
  const shape = joinedShape(inputs, first, at);
  if (inputs.length === 1) return first;
  const out = join(inputs, first, at, shape);
  first.device.observer?.ran("concat", inputs, out);
  return out;
}

function join(inputs: readonly Tensor[], first: Tensor, at: number, shape: Shape): Tensor {
  const starts = startsOf(inputs, at);
  const tape = record(inputs, at, starts);
  const { device } = first;
  if (device instanceof ReferenceDevice) {
    const arrays = inputs.map((x) => x.reference);
    const joined = joinArrays(arrays, shape, at);
    return Tensor.fromReference(device, joined, first.dtype, "concat", tape);
  }
  const out = Tensor.allocate(device, { shape, dtype: first.dtype }, "concat", tape);
  const strides = stridesOf(shape);
  inputs.forEach((x, i) => {
    const base = known(starts, i) * known(strides, at);
    if (x.size > 0) runStridedWrite(x, out, { strides, base });
  });
  return out;
}

/** Written by hand: an op of `defineOp` has a fixed number of inputs. */
function record(
  inputs: readonly Tensor[],
  axis: number,
  starts: readonly number[],
): TapeNode | undefined {
  const parents = inputs.map(nodeOf);
  if (parents.every((p) => p === undefined)) return undefined;
  const shapes = inputs.map((x) => x.shape);
  return new TapeNode("concat", parents, shapes, (dy, wanted, higherOrder) => {
    const cotangent = higherOrder ? dy : dy.alias({ tape: undefined });
    return shapes.map((shape, i) => {
      const start = known(starts, i);
      return wanted[i]
        ? slice(cotangent, { axis, start, end: start + known(shape, axis) })
        : undefined;
    });
  });
}

function joinedShape(inputs: readonly Tensor[], first: Tensor, axis: number): Shape {
  for (const x of inputs) {
    const fits =
      x.rank === first.rank && x.shape.every((s, i) => i === axis || s === first.shape[i]);
    if (!fits) {
      throw new ShapeError(
        `concat: ${showShape(first.shape)} and ${showShape(x.shape)} differ elsewhere than along ` +
          `axis ${axis}. Make all other sizes equal.`,
      );
    }
    if (x.dtype !== first.dtype) {
      throw new DtypeError(
        `concat: ${first.label} is ${first.dtype} and ${x.label} is ${x.dtype}. ` +
          `Make them alike with cast(x, "${first.dtype}").`,
      );
    }
    if (x.device !== first.device) {
      throw new DeviceError(
        `concat: inputs are on different devices (${first.device.name}, ${x.device.name}). ` +
          "Make all of them on one device.",
      );
    }
  }
  const total = inputs.reduce((sum, x) => sum + x.dim(axis), 0);
  return first.shape.map((s, i) => (i === axis ? total : s));
}

function startsOf(inputs: readonly Tensor[], axis: number): number[] {
  let next = 0;
  return inputs.map((x) => {
    const start = next;
    next += x.dim(axis);
    return start;
  });
}

function joinArrays(arrays: readonly NdArray[], shape: Shape, axis: number): NdArray {
  const out = new NdArray(shape);
  const outer = sizeOf(shape.slice(0, axis));
  let at = 0;
  for (let o = 0; o < outer; o++) {
    for (const x of arrays) {
      const block = x.size / outer;
      out.data.set(x.data.subarray(o * block, (o + 1) * block), at);
      at += block;
    }
  }
  return out;
}
