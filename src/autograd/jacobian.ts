/**
 * Whole Jacobians, row by row: one backward pass for each value of the function.
 *
 *     J[i, j] = ∂ f(x)_i / ∂ x_j          row i = e_iᵀ J, the cotangent of the i-th unit vector
 *
 * For small functions: time and memory grow with the number of values. With many inputs and one
 * value use `grad`; for J v use `jvp`, for uᵀ J `vjp`.
 */
import { ReferenceDevice } from "../device/reference.js";
import type { Device } from "../device/types.js";
import { DtypeError, GradientError } from "../errors.js";
import { tensor, zeros } from "../tensor/create.js";
import { NdArray } from "../tensor/ndarray.js";
import { type Shape, sizeOf, stridesOf } from "../tensor/shape.js";
import { runStridedCopy, runStridedWrite } from "../tensor/strided-copy.js";
import { Tensor } from "../tensor/tensor.js";
import { defineOp } from "./define-op.js";
import { vjp } from "./grad.js";
import { nodeOf, TapeNode } from "./tape.js";

/**
 * The derivative of every value by every element of every input.
 *
 * @returns for each input a tensor [...shape of f(inputs), ...shape of the input]; everything else
 * is freed. Can be differentiated: `jacobian(x => grad(f)(x)[0], x)` is a Hessian.
 * @throws GradientError without an input, DtypeError for an input that is not f32.
 */
export function jacobian(f: (...inputs: Tensor[]) => Tensor, ...inputs: Tensor[]): Tensor[] {
  const device = inputs[0]?.device;
  if (!device) {
    throw new GradientError(
      "jacobian: no tensor was given to differentiate with respect to. Give at least one.",
    );
  }
  const odd = inputs.find((x) => x.dtype !== "f32");
  if (odd) {
    throw new DtypeError(
      `jacobian: an input is ${odd.dtype}, expected f32. Close over what is not differentiated.`,
    );
  }
  using scope = device.scope();
  const { value, pullback } = vjp(f, ...inputs);
  const rows = Array.from({ length: value.size }, (_, i) => {
    const unit = new Float64Array(value.size);
    unit[i] = 1;
    return pullback(tensor(device, unit, value.shape));
  });
  const all = inputs.map((x, k) => {
    const shape = [...value.shape, ...x.shape];
    return stackRows(
      device,
      rows.map((row) => row[k]).filter((row) => row !== undefined),
      shape,
    );
  });
  for (const x of all) scope.keep(x);
  if (all.some((x) => x.tape !== undefined)) scope.keepAll();
  return all;
}

/**
 * Tensors of one shape, one behind the other, as one tensor. Not by `defineOp`, whose inputs have
 * names: here there are as many as the Jacobian has rows.
 */
function stackRows(device: Device, rows: readonly Tensor[], shape: Shape): Tensor {
  const out = stacked(device, rows, shape);
  device.observer?.ran("jacobian", rows, out);
  return out;
}

function stacked(device: Device, rows: readonly Tensor[], shape: Shape): Tensor {
  const parents = rows.map(nodeOf);
  const tape = parents.some((p) => p !== undefined)
    ? new TapeNode(
        "jacobian",
        parents,
        rows.map((row) => row.shape),
        (dy, wanted) =>
          rows.map((row, i) =>
            wanted[i] ? pickRow({ x: dy }, { row: i, shape: row.shape }) : undefined,
          ),
      )
    : undefined;
  if (device instanceof ReferenceDevice) {
    const out = new NdArray(shape);
    rows.forEach((row, i) => {
      out.data.set(row.reference.data, i * row.size);
    });
    return Tensor.fromReference(device, out, "f32", "jacobian", tape);
  }
  const out = Tensor.allocate(device, { shape, dtype: "f32" }, "jacobian", tape);
  rows.forEach((row, i) => {
    const strides = stridesOf(row.shape);
    if (row.size > 0) runStridedWrite(row, out, { strides, base: i * row.size });
  });
  return out;
}

interface RowAttrs {
  readonly row: number;
  readonly shape: Shape;
}

/** The way back: x [rows, ...shape] → row `row` of it. */
const pickRow = defineOp({
  name: "jacobianRow",
  inputs: ["x"],
  infer: (_, { shape }: RowAttrs) => shape,
  gpu: ({ x }, out, { row, shape }) =>
    runStridedCopy(x, out, { strides: stridesOf(shape), base: row * sizeOf(shape) }),
  reference: ({ x }, { row, shape }) => {
    const size = sizeOf(shape);
    return new NdArray(shape, x.data.slice(row * size, (row + 1) * size));
  },
  vjp: ({ specs }, dy, { row, shape }) => ({
    x: () => {
      const none = zeros(dy.device, shape);
      const rows = sizeOf(specs.x.shape) / sizeOf(shape);
      const all = Array.from({ length: rows }, (_, i) => (i === row ? dy : none));
      return stackRows(dy.device, all, specs.x.shape);
    },
  }),
});
