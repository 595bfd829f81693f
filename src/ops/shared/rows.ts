/** Views of shapes that ops share. */
import { ShapeError } from "../../errors.js";
import { type Shape, showShape, sizeOf } from "../../tensor/shape.js";

/** A shape as rows along its last axis. */
export function asRows(shape: Shape): { readonly rows: number; readonly cols: number } {
  const cols = shape.at(-1) ?? 1;
  return { rows: cols === 0 ? 0 : sizeOf(shape) / cols, cols };
}

/** Throws unless `shape` has at least `rank` axes; returns it. */
export function atLeastRank(op: string, shape: Shape, rank: number): Shape {
  if (shape.length >= rank) return shape;
  throw new ShapeError(
    `${op}: x ${showShape(shape)} has rank ${shape.length}, expected at least ${rank}. ` +
      "Add axes with reshape.",
  );
}
