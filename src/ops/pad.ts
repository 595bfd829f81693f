/**
 * A constant around a tensor, on any of its axes. A copy.
 *
 *     y_i = x_{i − before}, or `value` outside of x          dx = dy where x lies
 *
 * The work, and the derivative, are those of `place` (ops/slice.ts).
 */
import { ShapeError } from "../errors.js";
import { showShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { place } from "./slice.js";

/** What is added. */
export interface PadOptions {
  /** What stands outside of x. Default 0. */
  readonly value?: number;
}

/** Elements before and behind along one axis; a number means the same at both ends. */
export type PadWidth = number | readonly [before: number, after: number];

/**
 * x [..., size, ...] → [..., before + size + after, ...]. `widths` belong to the last axes of x.
 * @throws ShapeError for widths below 0, or for more axes than x has.
 */
export function pad(
  x: Tensor,
  widths: readonly PadWidth[],
  { value = 0 }: PadOptions = {},
): Tensor {
  const ends = widths.map((w) => (typeof w === "number" ? ([w, w] as const) : w));
  if (ends.length > x.rank || !ends.flat().every((n) => Number.isInteger(n) && n >= 0)) {
    throw new ShapeError(
      `pad: widths [${ends.map(([b, a]) => `${b} + ${a}`).join(", ")}] do not fit ` +
        `${showShape(x.shape)}. Give integers ≥ 0 for at most ${x.rank} axes.`,
    );
  }
  const lead = x.rank - ends.length;
  const of = (i: number): readonly [number, number] => ends[i - lead] ?? [0, 0];
  return place(x, {
    starts: x.shape.map((_, i) => of(i)[0]),
    steps: x.shape.map(() => 1),
    shape: x.shape.map((size, i) => of(i)[0] + size + of(i)[1]),
    value,
  });
}
