/**
 * Axes of size 1, taken away or put in. Views: nothing is copied.
 *
 *     y = x          dx = reshape(dy, shape of x)
 */
import { ShapeError } from "../errors.js";
import { normalizeAxes, reducedShape, showShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { reshape } from "./reshape.js";

/**
 * x → without `axes`, each of size 1, negative from the end. Default: all axes of size 1.
 * @throws ShapeError for an axis whose size is not 1.
 */
export function squeeze(x: Tensor, axes?: number | readonly number[]): Tensor {
  const ones = x.shape.flatMap((size, i) => (size === 1 ? [i] : []));
  const list = normalizeAxes("squeeze", axes ?? ones, x.rank);
  const bad = list.find((axis) => x.dim(axis) !== 1);
  if (bad !== undefined) {
    throw new ShapeError(
      `squeeze: axis ${bad} of ${showShape(x.shape)} has size ${x.dim(bad)}, not 1. ` +
        "Name axes of size 1, or use reshape.",
    );
  }
  return reshape(x, reducedShape(x.shape, list, false));
}

/**
 * x → with axes of size 1 that stand at `axes` of the result, negative from its end.
 * @throws ShapeError for an axis that the result does not have, or that is named twice.
 */
export function unsqueeze(x: Tensor, axes: number | readonly number[]): Tensor {
  const rank = x.rank + (typeof axes === "number" ? 1 : axes.length);
  const list = normalizeAxes("unsqueeze", axes, rank);
  const sizes = x.shape.values();
  const shape = Array.from({ length: rank }, (_, i) =>
    list.includes(i) ? 1 : (sizes.next().value ?? 1),
  );
  return reshape(x, shape);
}
