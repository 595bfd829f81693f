/**
 * Copies between a dense tensor and a strided region of another: broadcasting, permutation,
 * slices and flips read by strides; concatenation and padding write by strides.
 *
 *     read:  out[first + i] = x[base + Σ index_axis(i) · stride_axis]
 *     write: out[base + Σ index_axis(i) · stride_axis] = x[first + i]
 *
 * Axes that run on without a gap are merged. The kernels walk six axes; of a region with more, each
 * index of the outermost ones is a launch of its own, so there is no limit on the rank.
 */
import { kernel } from "../shaders/kernel.js";
import { known, type Shape, sizeOf } from "./shape.js";
import type { Tensor } from "./tensor.js";

/** A region: strides per axis of the dense side (0 repeats, negative flips), and where it starts. */
export interface Region {
  readonly strides: readonly number[];
  readonly base?: number;
}

const AXES = {
  total: "u32",
  first: "u32",
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
const WORD: Readonly<Record<Width, string>> = { 1: "alias Word = Raw;", 4: "alias Word = Raw4;" };

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
  const { width, slabs } = plan(out.shape, region);
  for (const params of slabs) {
    readers[width]({ tensors: [x, out], params, items: params.total });
  }
}

/** out[base + Σ index_axis · stride_axis] = x[i], the index running over x's shape. */
export function runStridedWrite(x: Tensor, out: Tensor, region: Region): void {
  const { width, slabs } = plan(x.shape, region);
  for (const params of slabs) {
    writers[width]({ tensors: [x, out], params, items: params.total });
  }
}

function plan(shape: Shape, { strides, base = 0 }: Region) {
  const merged = mergeAxes(shape, strides);
  const width = widthOf(merged, base);
  const axes = width === 1 ? merged : inVectors(merged);
  const outer = axes.slice(0, Math.max(0, axes.length - MAX_AXES));
  const total = sizeOf(shape) / width / sizeOf(outer.map(({ size }) => size));
  const places = axes.slice(outer.length);
  const slabs = basesOf(outer, base / width).map((at, i) => ({
    total,
    first: i * total,
    base: at,
    ...uniforms(places),
  }));
  return { width, slabs };
}

/** Where each index of the outer axes begins, in the order of the dense side. */
function basesOf(outer: readonly Axis[], base: number): number[] {
  return outer.reduce(
    (bases, { size, stride }) =>
      bases.flatMap((at) => Array.from({ length: size }, (_, i) => at + i * stride)),
    [base],
  );
}

function uniforms(axes: readonly Axis[]) {
  const padded = [...Array<Axis>(MAX_AXES - axes.length).fill({ size: 1, stride: 0 }), ...axes];
  const size = (i: number): number => known(padded, i).size;
  const stride = (i: number): number => known(padded, i).stride;
  return {
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
    const stride = known(strides, i);
    const outer = axes.at(-1);
    if (outer && outer.stride === size * stride) {
      axes[axes.length - 1] = { size: outer.size * size, stride };
    } else axes.push({ size, stride });
  });
  return axes;
}
