/**
 * Copies between a dense tensor and a strided region of another: broadcasting, permutation,
 * slices and flips read by strides; concatenation and padding write by strides.
 */
import { ShapeError } from "../errors.js";
import { kernel } from "../shaders/kernel.js";
import { type Shape, showShape, sizeOf } from "./shape.js";
import type { Tensor } from "./tensor.js";

/** A region: strides per axis of the dense side (0 repeats, negative flips), and where it starts. */
export interface Region {
  readonly strides: readonly number[];
  readonly base?: number;
}

const AXES = {
  total: "u32",
  base: "i32",
  size_1: "u32",
  size_2: "u32",
  size_3: "u32",
  size_4: "u32",
  size_5: "u32",
  stride_0: "i32",
  stride_1: "i32",
  stride_2: "i32",
  stride_3: "i32",
  stride_4: "i32",
  stride_5: "i32",
} as const;

const MAX_AXES = 6;

const read = kernel("strided_read", AXES);
const writeKernel = kernel("strided_write", AXES);

/** out[i] = x[base + Σ index_axis · stride_axis], the index running over out's shape. */
export function runStridedCopy(x: Tensor, out: Tensor, region: Region): void {
  const params = axesParams(out.shape, region);
  read({ tensors: [x, out], params, groups: Math.ceil(params.total / 64) });
}

/** out[base + Σ index_axis · stride_axis] = x[i], the index running over x's shape. */
export function runStridedWrite(x: Tensor, out: Tensor, region: Region): void {
  const params = axesParams(x.shape, region);
  writeKernel({ tensors: [x, out], params, groups: Math.ceil(params.total / 64) });
}

function axesParams(shape: Shape, { strides, base = 0 }: Region) {
  const axes = mergeAxes(shape, strides);
  if (axes.length > MAX_AXES) {
    throw new ShapeError(
      `copy: ${showShape(shape)} has more than ${MAX_AXES} axes that cannot be merged. ` +
        "Copy in two steps.",
    );
  }
  const padded = [...Array<Axis>(MAX_AXES - axes.length).fill({ size: 1, stride: 0 }), ...axes];
  const size = (i: number): number => padded[i]?.size ?? 1;
  const stride = (i: number): number => padded[i]?.stride ?? 0;
  return {
    total: sizeOf(shape),
    base,
    size_1: size(1),
    size_2: size(2),
    size_3: size(3),
    size_4: size(4),
    size_5: size(5),
    stride_0: stride(0),
    stride_1: stride(1),
    stride_2: stride(2),
    stride_3: stride(3),
    stride_4: stride(4),
    stride_5: stride(5),
  };
}

interface Axis {
  readonly size: number;
  readonly stride: number;
}

/** Drops axes of size 1 and joins neighbours that run on without a gap. */
function mergeAxes(shape: Shape, strides: readonly number[]): Axis[] {
  const axes: Axis[] = [];
  shape.forEach((size, i) => {
    if (size === 1) return;
    const stride = strides[i] ?? 0;
    const outer = axes.at(-1);
    if (outer && outer.stride === size * stride) {
      axes[axes.length - 1] = { size: outer.size * size, stride };
    } else axes.push({ size, stride });
  });
  return axes;
}
