/** Sets of pictures as flat arrays: [n, 3, 32, 32], values in [−1, 1], row-major. */
import { SCENE_LENGTH } from "../data/index.js";
import { ShapeError } from "../errors.js";

/** The pictures of a set, each [3, 32, 32]. */
export function splitPictures(what: string, images: Float32Array): Float32Array[] {
  const n = images.length / SCENE_LENGTH;
  if (!Number.isInteger(n)) {
    throw new ShapeError(
      `${what}: ${images.length} values are no whole number of pictures of ${SCENE_LENGTH}. ` +
        "Give [n, 3, 32, 32].",
    );
  }
  return Array.from({ length: n }, (_, i) =>
    images.subarray(i * SCENE_LENGTH, (i + 1) * SCENE_LENGTH),
  );
}

/** Throws unless there is one `other` for each of n pictures. */
export function expectOneEach(what: string, n: number, other: string, count: number): void {
  if (n === count) return;
  throw new ShapeError(`${what}: ${n} pictures, but ${count} ${other}. Give one for each picture.`);
}

/** The arithmetic mean; NaN of nothing. */
export function average(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] ?? 0;
  return total / values.length;
}
