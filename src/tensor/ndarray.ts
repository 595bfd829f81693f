/**
 * Float64 arrays on the host: what references read and give back. Row-major, contiguous.
 */
import { known, positionOf, type Shape, sizeOf, stridesOf } from "./shape.js";

/** A float64 array with a shape, row-major: what references compute with. */
export class NdArray {
  readonly shape: Shape;
  readonly data: Float64Array;

  constructor(shape: Shape, data: Float64Array = new Float64Array(sizeOf(shape))) {
    this.shape = shape;
    this.data = data;
  }

  /** Fills an array by a function of the index along each axis. */
  static build(shape: Shape, f: (index: readonly number[], flat: number) => number): NdArray {
    const out = new NdArray(shape);
    const index = shape.map(() => 0);
    for (let flat = 0; flat < out.size; flat++) {
      out.data[flat] = f(index, flat);
      advance(index, shape);
    }
    return out;
  }

  /** Elements in all. */
  get size(): number {
    return this.data.length;
  }

  /** Axes. */
  get rank(): number {
    return this.shape.length;
  }

  /** The size along `axis`, counted from the end when negative. */
  dim(axis: number): number {
    return this.shape.at(axis) ?? 1;
  }

  /** The element at a full index. */
  at(...index: number[]): number {
    return this.flat(positionOf(index, stridesOf(this.shape)));
  }

  /** The element at a flat position. */
  flat(position: number): number {
    return this.data[position] ?? Number.NaN;
  }

  /** f of every element, in the same shape. */
  map(f: (value: number, flat: number) => number): NdArray {
    return new NdArray(this.shape, this.data.map(f));
  }

  /** The rows along the last axis. */
  rows(): number[][] {
    const cols = this.dim(-1);
    const count = cols === 0 ? 0 : this.size / cols;
    return Array.from({ length: count }, (_, r) => [
      ...this.data.subarray(r * cols, (r + 1) * cols),
    ]);
  }

  /** Replaces every row along the last axis by a row of the same length. */
  mapRows(f: (row: readonly number[], r: number) => readonly number[]): NdArray {
    return new NdArray(this.shape, Float64Array.from(this.rows().flatMap((row, r) => f(row, r))));
  }

  /** The same values (shared, not copied) under a shape of as many elements. */
  reshape(shape: Shape): NdArray {
    return new NdArray(shape, this.data);
  }
}

/** The next index in row-major order, in place. */
export function advance(index: number[], shape: Shape): void {
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const next = known(index, axis) + 1;
    if (next < known(shape, axis)) {
      index[axis] = next;
      return;
    }
    index[axis] = 0;
  }
}
