/**
 * A tensor for reading: what it is, its statistics, and a corner of its values, as NumPy shows it.
 *
 *     weights: f32 [2, 3] on SwiftShader
 *     min -1, max 2.5, mean 0.5, 1 NaN
 *     [[ 1.0  -1.0   2.5]
 *      [ 0.0   0.0   NaN]]
 */
import { UsageError } from "../errors.js";
import { type Shape, stridesOf } from "./shape.js";
import type { Tensor } from "./tensor.js";

/** How much of a tensor to show. */
export interface ShowOptions {
  /** Rows and columns at each end of the last two axes; longer axes are cut. Default 3. */
  readonly edge?: number;
  /** Digits after the point. Default 4. */
  readonly digits?: number;
}

type Values = ArrayLike<number>;

/**
 * Reads `x` back and lays it out for a person. `String(x)` is the one line without reading.
 * @throws UsageError for an edge below 1; what reading throws: DisposedError, DeviceError, DeviceLostError.
 */
export async function show(x: Tensor, options: ShowOptions = {}): Promise<string> {
  const { edge = 3, digits = 4 } = options;
  if (!Number.isInteger(edge) || edge < 1) {
    throw new UsageError(
      `show: edge is ${edge}. Give a whole number of rows and columns, 1 or more.`,
    );
  }
  const values: Values = await x.data();
  const title = `${x.label}: ${x.dtype} [${x.shape.join(", ")}] on ${x.device.name}`;
  if (x.size === 0) return `${title}\nno elements`;
  const ends = x.shape.map((_, axis) => (axis < x.rank - 2 ? 1 : edge));
  const corner = cornerOf(values, x.shape, ends);
  const cells = flatten(corner);
  const format = formatOf(cells, digits);
  const width = Math.max(...cells.map((value) => format(value).length));
  const body = layOut(corner, (value) => format(value).padStart(width), "");
  return [title, statistics(values, digits), body].join("\n");
}

/** A corner: values in nested lists, `undefined` where an axis was cut. */
type Corner = number | readonly (Corner | undefined)[];

function cornerOf(
  values: Values,
  shape: Shape,
  ends: readonly number[],
  axis = 0,
  start = 0,
): Corner {
  const size = shape[axis];
  if (size === undefined) return values[start] ?? Number.NaN;
  const stride = stridesOf(shape)[axis] ?? 1;
  const edge = ends[axis] ?? 0;
  const at = (i: number): Corner => cornerOf(values, shape, ends, axis + 1, start + i * stride);
  // Cutting a single one would save nothing.
  if (size <= 2 * edge + 1) return Array.from({ length: size }, (_, i) => at(i));
  const head = Array.from({ length: edge }, (_, i) => at(i));
  const tail = Array.from({ length: edge }, (_, i) => at(size - edge + i));
  return [...head, undefined, ...tail];
}

function flatten(corner: Corner): number[] {
  if (typeof corner === "number") return [corner];
  return corner.flatMap((part) => (part === undefined ? [] : flatten(part)));
}

function layOut(corner: Corner, format: (value: number) => string, indent: string): string {
  if (typeof corner === "number") return format(corner);
  const rows = corner.every((part) => part === undefined || typeof part === "number");
  const parts = corner.map((part) =>
    part === undefined ? "…" : layOut(part, format, `${indent} `),
  );
  return `[${parts.join(rows ? "  " : `\n${indent} `)}]`;
}

/** One way of writing for all: whole numbers, a fixed point, or powers of ten. */
function formatOf(shown: readonly number[], digits: number): (value: number) => string {
  const finite = shown.filter(Number.isFinite);
  const sizes = finite.map(Math.abs).filter((size) => size > 0);
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  if (sizes.length === 0 || (finite.every(Number.isInteger) && most < 1e15)) {
    return (value) => special(value) ?? String(value);
  }
  if (most >= 1e6 || least < 10 ** -digits) {
    return (value) => special(value) ?? value.toExponential(digits);
  }
  const needed = Math.max(...finite.map((value) => decimals(value, digits)));
  return (value) => special(value) ?? value.toFixed(needed);
}

/** Digits after the point that say something, at least one. */
function decimals(value: number, most: number): number {
  const [, fraction = ""] = value.toFixed(most).replace(/0+$/, "").split(".");
  return Math.max(1, fraction.length);
}

function special(value: number): string | undefined {
  if (Number.isNaN(value)) return "NaN";
  if (Number.isFinite(value)) return undefined;
  return value > 0 ? "inf" : "-inf";
}

function statistics(values: Values, digits: number): string {
  let [least, most, sum, finite, nans] = [Number.POSITIVE_INFINITY, -Infinity, 0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN;
    if (Number.isNaN(value)) nans += 1;
    if (!Number.isFinite(value)) continue;
    finite += 1;
    sum += value;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  const number = (value: number): string =>
    String(Number.isSafeInteger(value) ? value : Number(value.toPrecision(digits)));
  const infinite = values.length - finite - nans;
  const known =
    finite > 0 ? [`min ${number(least)}, max ${number(most)}, mean ${number(sum / finite)}`] : [];
  return [
    ...known,
    ...(nans > 0 ? [`${nans} NaN`] : []),
    ...(infinite > 0 ? [`${infinite} infinite`] : []),
  ].join(", ");
}
