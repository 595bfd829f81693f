/**
 * Elements chosen by index along an axis, and their way back: each is the other's transpose.
 *
 *     gather:      y[o, k, i] = x[o, index[o, k, i], i]
 *     scatterAdd:  y[o, s, i] = Σ_{k : index[o, k, i] = s} src[o, k, i]
 *
 *     d gather = scatterAdd(dy, index),   d scatterAdd = gather(dy, index)
 *
 * An index past the end counts as the last one: a kernel cannot raise an error. Indices are u32 and
 * have no derivative. The same result in every run (shared/scatter-add-kernels.ts). Both copy.
 */
import { defineOp } from "../autograd/define-op.js";
import { ShapeError } from "../errors.js";
import { kernel } from "../shaders/kernel.js";
import { DTYPES } from "../tensor/dtype.js";
import { NdArray } from "../tensor/ndarray.js";
import { normalizeAxis, type Shape, showShape, sizeOf } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { runScatterAdd, type ScatterGeometry } from "./shared/scatter-add-kernels.js";

/** Along which axis, and whether all lines of the tensor share one line of indices. */
interface Lines {
  readonly axis: number;
  readonly shared: boolean;
}

/** Along which axis to add, negative from the end, and how many places there are. */
export interface ScatterAddOptions {
  readonly axis: number;
  /** The size of the result along `axis`. */
  readonly size: number;
}

const run = kernel("gather", { total: "u32", size: "u32", count: "u32", inner: "u32" });

const gatherOp = defineOp({
  name: "gather",
  inputs: ["x", "index"],
  elements: DTYPES,
  saves: ["index"],
  dtypes: { index: "u32" },
  infer: ({ x, index }, { axis, shared }: Lines) => {
    const shape = withSize(x.shape, axis, index.shape[shared ? 0 : axis] ?? 0);
    if (x.shape[axis] !== 0 || sizeOf(shape) === 0) return shape;
    throw new ShapeError(
      `gather: axis ${axis} of ${showShape(x.shape)} is empty, and there are ` +
        `${sizeOf(index.shape)} indices. Give a tensor of at least one element there.`,
    );
  },
  gpu: ({ x, index }, out, lines) => {
    const { size, count, inner, shared } = geometryOf(out.shape, x.dim(lines.axis), lines);
    run({
      tensors: [x, index, out],
      params: { total: out.size, size, count, inner },
      items: out.size,
      overrides: { SHARED: shared ? 1 : 0 },
    });
  },
  reference: ({ x, index }, lines, { shape }) => {
    const places = geometryOf(shape, x.dim(lines.axis), lines);
    return new NdArray(shape).map((_, at) => x.flat(placeOf(at, index, places)));
  },
  vjp: ({ index, specs }, dy, lines) => ({
    x: () => scatterLines(dy, index, { ...lines, size: specs.x.shape[lines.axis] ?? 0 }),
  }),
});

const scatterOp = defineOp({
  name: "scatterAdd",
  inputs: ["src", "index"],
  saves: ["index"],
  dtypes: { index: "u32" },
  infer: ({ src }, { axis, size }: Lines & { readonly size: number }) =>
    withSize(src.shape, axis, size),
  gpu: ({ src, index }, out, { size, ...lines }) =>
    runScatterAdd({ src, index }, out, geometryOf(src.shape, size, lines)),
  reference: ({ src, index }, { size, ...lines }, { shape }) => {
    const out = new NdArray(shape);
    const places = geometryOf(src.shape, size, lines);
    src.data.forEach((v, flat) => {
      const at = placeOf(flat, index, places);
      out.data[at] = out.flat(at) + v;
    });
    return out;
  },
  vjp: ({ index }, dy, lines) => ({ src: () => gatherLines(dy, index, lines) }),
});

/** x and indices → as `lines` says. No check but that of the op. */
export function gatherLines(x: Tensor, index: Tensor, { axis, shared }: Lines): Tensor {
  return gatherOp({ x, index }, { axis, shared });
}

/** The transpose of `gatherLines`. */
export function scatterLines(
  src: Tensor,
  index: Tensor,
  { axis, shared, size }: Lines & ScatterAddOptions,
): Tensor {
  return scatterOp({ src, index }, { axis, shared, size });
}

/**
 * x [..., S, ...], index u32 [..., K, ...], equal elsewhere than along `axis` → [..., K, ...].
 * @throws ShapeError when other sizes differ, or when there is nothing to read.
 */
export function gather(x: Tensor, index: Tensor, axis: number): Tensor {
  const at = normalizeAxis("gather", axis, x.rank);
  const fits =
    index.rank === x.rank && index.shape.every((size, i) => i === at || size === x.shape[i]);
  if (!fits) {
    throw new ShapeError(
      `gather: x ${showShape(x.shape)} and index ${showShape(index.shape)} differ elsewhere than ` +
        `along axis ${at}. Make all other sizes equal, or use indexSelect.`,
    );
  }
  return gatherLines(x, index, { axis: at, shared: false });
}

/**
 * src and index u32, both [..., K, ...] → [..., size, ...]: sums, and 0 where no index points.
 * @throws ShapeError when src and index differ, or `size` is no whole number.
 */
export function scatterAdd(src: Tensor, index: Tensor, { axis, size }: ScatterAddOptions): Tensor {
  const at = normalizeAxis("scatterAdd", axis, src.rank);
  if (index.rank !== src.rank || index.shape.some((s, i) => s !== src.shape[i])) {
    throw new ShapeError(
      `scatterAdd: src ${showShape(src.shape)} and index ${showShape(index.shape)} differ. ` +
        "Give one index for each element, or use indexAdd.",
    );
  }
  return scatterOp(
    { src, index },
    { axis: at, shared: false, size: roomFor("scatterAdd", src, size) },
  );
}

/** The size of a scattered result, checked. */
export function roomFor(op: string, src: Tensor, size: number): number {
  if (Number.isInteger(size) && size >= (src.size > 0 ? 1 : 0)) return size;
  throw new ShapeError(
    `${op}: a result of size ${size} has no room for src ${showShape(src.shape)}. ` +
      "Give an integer ≥ 1.",
  );
}

/** The larger tensor holds `size` elements where the one of `shape` holds its own number. */
function geometryOf(shape: Shape, size: number, { axis, shared }: Lines): ScatterGeometry {
  const [outer, inner] = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis + 1))];
  return { outer, size, count: shape[axis] ?? 0, inner, shared };
}

/** Flat position in the larger tensor of the element at `flat` of the indexed one. */
function placeOf(flat: number, index: NdArray, g: ScatterGeometry): number {
  const rest = Math.floor(flat / g.inner);
  const chosen = index.flat(g.shared ? rest % g.count : flat);
  const line = Math.floor(rest / g.count) * g.size;
  return (line + Math.min(chosen, g.size - 1)) * g.inner + (flat % g.inner);
}

function withSize(shape: Shape, axis: number, size: number): Shape {
  return shape.map((s, i) => (i === axis ? size : s));
}
