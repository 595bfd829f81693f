/**
 * Which subject and style a picture shows: the nearest of all sprites, by pixels.
 *
 *     error(s) = min over small shifts and sizes of
 *                mean over the window |picture − (sprite s over background)|²
 *
 * The largest blob gives the size and the window, the ring gives the background (see check.ts). The
 * window is one pixel wider than the blob, so that a sprite too large or too small pays for it.
 */
import type { Atlas, Sprite } from "./atlas.js";
import type { Blob, Reading } from "./check.js";
import { readScene } from "./check.js";
import { SCENE_SIZE } from "./scene.js";
import type { Style, Subject } from "./words.js";
import { STYLES, SUBJECTS } from "./words.js";

const SIDE = SCENE_SIZE;
const PLANE = SIDE * SIDE;
/** Sizes and shifts that are tried. */
const STEPS = [-1, 0, 1] as const;
/** So many sprites, the best at the blob's own size and place, are tried at all of them. */
const REFINED = 12;

type Candidate = { readonly subject: Subject; readonly style: Style };
const CANDIDATES: readonly Candidate[] = SUBJECTS.flatMap((subject) =>
  STYLES.map((style) => ({ subject, style })),
);

/** The subject and style that are nearest to what stands in a picture. */
export interface Identity {
  readonly subject: Subject;
  readonly style: Style;
  /** Mean squared error in the window, with values in [0, 1]: 0 for a perfect copy. */
  readonly error: number;
}

type Window = {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
};

function windowOf(blob: Blob): Window {
  return {
    x0: Math.max(0, blob.left - 1),
    y0: Math.max(0, blob.top - 1),
    x1: Math.min(SIDE, blob.right + 1),
    y1: Math.min(SIDE, blob.bottom + 1),
  };
}

/** Mean squared difference between the window and the sprite drawn at (left, top). */
function windowError(
  image: Float32Array,
  { x0, y0, x1, y1 }: Window,
  background: readonly number[],
  sprite: Sprite,
  [left, top]: readonly [number, number],
): number {
  let sum = 0;
  for (let y = y0; y < y1; y++) {
    for (let x = x0; x < x1; x++) {
      const [u, v] = [x - left, y - top];
      const inside = u >= 0 && v >= 0 && u < sprite.width && v < sprite.height;
      const p = inside ? (v * sprite.width + u) * 4 : -1;
      const below = inside ? 1 - (sprite.data[p + 3] as number) : 1;
      for (let c = 0; c < 3; c++) {
        const ink = inside ? (sprite.data[p + c] as number) : 0;
        const seen = ((image[c * PLANE + y * SIDE + x] as number) + 1) / 2;
        sum += (seen - ink - below * (background[c] as number)) ** 2;
      }
    }
  }
  return sum / (3 * (x1 - x0) * (y1 - y0));
}

/** The least error over the given sizes (relative to the blob's) and shifts of one sprite. */
function spriteError(
  image: Float32Array,
  blob: Blob,
  background: readonly number[],
  spriteOf: (size: number) => Sprite,
  steps: readonly number[],
): number {
  const [width, height] = [blob.right - blob.left, blob.bottom - blob.top];
  const size = Math.max(width, height);
  const window = windowOf(blob);
  let best = Number.POSITIVE_INFINITY;
  for (const grow of steps) {
    const sprite = spriteOf(Math.max(4, size + grow));
    const left = Math.round((blob.left + blob.right - sprite.width) / 2);
    const top = Math.round((blob.top + blob.bottom - sprite.height) / 2);
    for (const dx of steps) {
      for (const dy of steps) {
        const at = [left + dx, top + dy] as const;
        best = Math.min(best, windowError(image, window, background, sprite, at));
      }
    }
  }
  return best;
}

/** What the errors of one picture's sprites are measured on. */
interface Sight {
  readonly blob: Blob;
  readonly background: readonly number[];
}

function sightOf({ blobs, rgb }: Reading): Sight | undefined {
  const blob = [...blobs].sort((a, b) => b.area - a.area)[0];
  return blob && { blob, background: rgb.map((v) => v / 255) };
}

/**
 * How far a picture is from showing this subject: the least error(s) over its styles, with values in
 * [0, 1]; undefined when nothing is there.
 */
export function subjectError(
  image: Float32Array,
  atlas: Atlas,
  subject: Subject,
  reading: Reading = readScene(image),
): number | undefined {
  const sight = sightOf(reading);
  if (!sight) return undefined;
  const errors = STYLES.map((style) => {
    const spriteOf = (size: number) => atlas.sprite(subject, style, size);
    return spriteError(image, sight.blob, sight.background, spriteOf, STEPS);
  });
  return Math.min(...errors);
}

/**
 * image [3, 32, 32] in [-1, 1] → the nearest subject and style; undefined when nothing is there.
 */
export function identifySubject(
  image: Float32Array,
  atlas: Atlas,
  reading: Reading = readScene(image),
): Identity | undefined {
  const sight = sightOf(reading);
  if (!sight) return undefined;
  const { blob, background } = sight;
  const ranked = ({ subject, style }: Candidate, steps: readonly number[]): Identity => {
    const spriteOf = (size: number) => atlas.sprite(subject, style, size);
    return { subject, style, error: spriteError(image, blob, background, spriteOf, steps) };
  };
  const byError = (a: Identity, b: Identity) => a.error - b.error;
  const coarse = CANDIDATES.map((c) => ranked(c, [0])).sort(byError);
  return coarse
    .slice(0, REFINED)
    .map((c) => ranked(c, STEPS))
    .sort(byError)[0];
}
