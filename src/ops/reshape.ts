/**
 * The same elements under another shape; no copy.
 *
 *     y = x          dx = reshape(dy, shape of x)
 */
import { nodeOf, TapeNode } from "../autograd/tape.js";
import { ShapeError } from "../errors.js";
import { assertShape, type Shape, sameShape, showShape, sizeOf } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";

/**
 * x, any shape → the same values as `shape`, of which one size may be -1: what is left over. Shares
 * storage with x.
 * @throws ShapeError when the numbers of elements differ.
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const full = inferSize(x.shape, shape);
  if (sameShape(full, x.shape)) return x;
  const parent = nodeOf(x);
  const back = x.shape;
  const tape = parent
    ? new TapeNode("reshape", [parent], [back], (dy) => [reshape(dy, back)])
    : undefined;
  const view = x.alias({ shape: full, tape });
  x.device.observer?.ran("reshape", [x], view);
  return view;
}

function inferSize(from: Shape, to: Shape): Shape {
  const unknown = to.indexOf(-1);
  const known = to.filter((_, i) => i !== unknown);
  if (known.includes(-1)) {
    throw new ShapeError(
      `reshape: ${showShape(to)} leaves more than one size open. Write -1 for one axis only.`,
    );
  }
  assertShape("reshape", known);
  if (unknown < 0) return to;
  const rest = sizeOf(known);
  const size = sizeOf(from) / rest;
  if (!Number.isInteger(size)) {
    throw new ShapeError(
      `reshape: ${showShape(from)} has ${sizeOf(from)} elements, so no size fits -1 in ` +
        `${showShape(to)} (${sizeOf(from)} / ${rest}). Choose other sizes.`,
    );
  }
  return to.map((s, i) => (i === unknown ? size : s));
}
