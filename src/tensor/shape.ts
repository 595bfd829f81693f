/** Shapes are plain arrays of sizes, outermost first. */
import { ShapeError } from "../errors.js";

/** Sizes, outermost axis first; [] is one value without axes. */
export type Shape = readonly number[];

/** Entry `i` of a list that has one for each axis, row or input: the caller knows that it is there. */
export function known<T>(list: ArrayLike<T>, i: number): T {
  return list[i] as T;
}

/** Elements of a tensor of this shape; 1 for a scalar. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Row-major strides, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = stride;
    stride *= known(shape, i);
  }
  return strides;
}

/** Σ index_axis · stride_axis: where an element lies. */
export function positionOf(index: readonly number[], strides: readonly number[]): number {
  return index.reduce((position, i, axis) => position + i * known(strides, axis), 0);
}

/** Whether two shapes have the same sizes. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}

/** A shape as errors write it: `[2, 3]`. */
export function showShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/**
 * NumPy's broadcasting: shapes are aligned at the right; sizes must be equal, or one of them 1.
 * @throws ShapeError, in the name of `op`, where they are not.
 */
export function broadcastShapes(op: string, a: Shape, b: Shape): number[] {
  if (sameShape(a, b)) return [...a];
  const rank = Math.max(a.length, b.length);
  const out: number[] = [];
  for (let i = 0; i < rank; i++) {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new ShapeError(
        `${op}: shapes ${showShape(a)} and ${showShape(b)} do not broadcast (${x} ≠ ${y}). ` +
          "Sizes aligned at the right must be equal, or one of them 1.",
      );
    }
    out.push(x === 1 ? y : x);
  }
  return out;
}

/** Strides with which `from` is read when it is broadcast to `to`: 0 along repeated axes. */
export function broadcastStrides(from: Shape, to: Shape): number[] {
  const strides = stridesOf(from);
  const lead = to.length - from.length;
  return to.map((_, i) => (i < lead || from[i - lead] === 1 ? 0 : known(strides, i - lead)));
}

/**
 * An axis counted from the end when negative, checked.
 * @throws ShapeError, in the name of `op`, for an axis that does not exist.
 */
export function normalizeAxis(op: string, axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || positive < 0 || positive >= rank) {
    throw new ShapeError(
      `${op}: axis ${axis} does not exist in a tensor of rank ${rank}. ` +
        `Use ${-rank} to ${rank - 1}.`,
    );
  }
  return positive;
}

/**
 * Several axes, sorted, without repeats; all of them when `axes` is undefined.
 * @throws ShapeError, in the name of `op`, for an axis that does not exist or is named twice.
 */
export function normalizeAxes(
  op: string,
  axes: number | readonly number[] | undefined,
  rank: number,
): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, i) => i);
  const list = typeof axes === "number" ? [axes] : axes;
  const unique = new Set(list.map((axis) => normalizeAxis(op, axis, rank)));
  if (unique.size !== list.length) {
    throw new ShapeError(`${op}: axes [${list.join(", ")}] name one axis twice. Name each once.`);
  }
  return [...unique].sort((a, b) => a - b);
}

/** `shape` without `axes`, or with size 1 there when `keepDims`. */
export function reducedShape(shape: Shape, axes: readonly number[], keepDims: boolean): number[] {
  return keepDims
    ? shape.map((size, i) => (axes.includes(i) ? 1 : size))
    : shape.filter((_, i) => !axes.includes(i));
}

/** Throws unless `shape` holds only integers ≥ 0. */
export function assertShape(op: string, shape: Shape): void {
  const bad = shape.find((size) => !Number.isInteger(size) || size < 0);
  if (bad !== undefined) {
    throw new ShapeError(
      `${op}: ${bad} is no size in shape ${showShape(shape)}. Sizes are integers ≥ 0.`,
    );
  }
}
