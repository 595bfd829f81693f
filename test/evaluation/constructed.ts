/** Pictures whose figures are known by construction. */
import { SCENE_LENGTH } from "../../src/data/render.js";

const PLANE = SCENE_LENGTH / 3;

/** One colour everywhere, channels in [-1, 1]. */
export function plain(r: number, g = r, b = r): Float32Array {
  const picture = new Float32Array(SCENE_LENGTH);
  picture
    .fill(r, 0, PLANE)
    .fill(g, PLANE, 2 * PLANE)
    .fill(b, 2 * PLANE);
  return picture;
}

/** The left half of the pixels from one picture, the right half from another. */
export function halves(left: Float32Array, right: Float32Array): Float32Array {
  return left.map((v, i) => (i % 32 < 16 ? v : (right[i] ?? 0)));
}

/** Pictures one after another. */
export function stack(...pictures: readonly Float32Array[]): Float32Array {
  return Float32Array.from(pictures.flatMap((p) => [...p]));
}
