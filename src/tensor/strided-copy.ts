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

/** Elements in a word: one, or four where the innermost run allows it. */
type Width = 1 | 4;
const WORD: Readonly<Record<Width, string>> = { 1: "alias Word = u32;", 4: "alias Word = vec4u;" };

const readers = {
  1: kernel("strided_read", AXES, WORD[1]),
  4: kernel("strided_read", AXES, WORD[4]),
};
const writers = {
  1: kernel("strided_write", AXES, WORD[1]),
  4: kernel("strided_write", AXES, WORD[4]),
};

/** out[i] = x[base + Σ index_axis · stride_axis], the index running over out's shape. */
export function runStridedCopy(x: Tensor, out: Tensor, region: Region): void {
  const { width, params } = plan(out.shape, region);
  readers[width]({ tensors: [x, out], params, groups: Math.ceil(params.total / 64) });
}

/** out[base + Σ index_axis · stride_axis] = x[i], the index running over x's shape. */
export function runStridedWrite(x: Tensor, out: Tensor, region: Region): void {
  const { width, params } = plan(x.shape, region);
  writers[width]({ tensors: [x, out], params, groups: Math.ceil(params.total / 64) });
}

function plan(shape: Shape, { strides, base = 0 }: Region) {
  const merged = mergeAxes(shape, strides);
  if (merged.length > MAX_AXES) {
    throw new ShapeError(
      `copy: ${showShape(shape)} has more than ${MAX_AXES} axes that cannot be merged. ` +
        "Copy in two steps.",
    );
  }
  const width = widthOf(merged, base);
  const axes = width === 1 ? merged : inVectors(merged);
  const padded = [...Array<Axis>(MAX_AXES - axes.length).fill({ size: 1, stride: 0 }), ...axes];
  const size = (i: number): number => padded[i]?.size ?? 1;
  const stride = (i: number): number => padded[i]?.stride ?? 0;
  const params = {
    total: sizeOf(shape) / width,
    base: base / width,
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
  return { width, params };
}

/** Four at a time when the innermost run is dense and everything starts at a multiple of four. */
function widthOf(axes: readonly Axis[], base: number): Width {
  const [inner, outer] = [axes.at(-1), axes.slice(0, -1)];
  if (inner?.stride !== 1 || inner.size % 4 !== 0 || base % 4 !== 0) return 1;
  return outer.every(({ stride }) => stride % 4 === 0) ? 4 : 1;
}

function inVectors(axes: readonly Axis[]): Axis[] {
  return axes.map(({ size, stride }, i) =>
    i === axes.length - 1 ? { size: size / 4, stride: 1 } : { size, stride: stride / 4 },
  );
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
