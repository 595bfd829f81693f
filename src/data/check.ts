/**
 * Exact checkers: what a picture shows, read from its pixels without any learned model.
 *
 *     background   the median colour of the outer ring, 2 pixels wide → the nearest palette colour
 *     foreground   pixels farther from that median than 60 (RGB, 0 .. 255) and than 2.2 times the
 *                  ring's own median distance (noise), with at least two such neighbours
 *     blobs        connected parts of the foreground, gaps of up to 2 pixels closed
 *     count        blobs of at least a quarter of the largest one's area
 *     place        where the middle of the blobs' common box lies
 */
import type { Scene } from "./grammar.js";
import { SCENE_SIZE } from "./scene.js";
import type { Colour, Place } from "./words.js";
import { COLOURS, PALETTE } from "./words.js";

const SIDE = SCENE_SIZE;
const PLANE = SIDE * SIDE;
const RING = 2;
const FOREGROUND_DISTANCE = 60;
const NOISE_FACTOR = 2.2;
/** A foreground pixel with fewer foreground neighbours is noise. */
const FEWEST_NEIGHBOURS = 2;
/** Smaller specks are noise. */
const SMALLEST_BLOB = 12;
const SHARE_OF_LARGEST = 0.25;
/** A box whose middle is farther than this from the picture's stands at a side. */
const OFF_CENTRE = 4.75;

type Rgb = readonly [number, number, number];
/** A rectangle of pixels, counted from the upper left corner. */
export interface Box {
  readonly left: number;
  readonly top: number;
  /** Exclusive. */
  readonly right: number;
  /** Exclusive. */
  readonly bottom: number;
}
/** A connected piece of foreground. */
export interface Blob extends Box {
  /** Foreground pixels. */
  readonly area: number;
}
/** What the pixels say. */
export interface Reading {
  readonly background: Colour;
  /** The median of the ring, 0 .. 255. */
  readonly rgb: Rgb;
  /** Median distance of the ring's pixels to `rgb`, 0 .. 442. */
  readonly noise: number;
  readonly blobs: readonly Blob[];
  /** 0 when nothing stands out from the background. */
  readonly count: number;
  readonly place: Place;
}
/** Which claims of a scene its picture fulfils. */
export interface SceneCheck {
  readonly background: boolean;
  readonly place: boolean;
  readonly count: boolean;
  /** All of them. */
  readonly all: boolean;
}

const to255 = (v: number) => (v + 1) * 127.5;

function median(values: number[]): number {
  values.sort((a, b) => a - b);
  return values[values.length >> 1] ?? 0;
}

function inRing(i: number): boolean {
  const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
  return Math.min(x, y, SIDE - 1 - x, SIDE - 1 - y) < RING;
}

function ringMedian(image: Float32Array): Rgb {
  const channels: [number[], number[], number[]] = [[], [], []];
  for (let i = 0; i < PLANE; i++) {
    if (!inRing(i)) continue;
    channels.forEach((c, k) => {
      c.push(to255(image[k * PLANE + i] ?? 0));
    });
  }
  return [median(channels[0]), median(channels[1]), median(channels[2])];
}

const distance = (a: Rgb, b: Rgb) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

/** The palette colour nearest to an RGB value, 0 .. 255. */
export function nearestColour(rgb: Rgb): Colour {
  return COLOURS.reduce((best, c) =>
    distance(PALETTE[c], rgb) < distance(PALETTE[best], rgb) ? c : best,
  );
}

/** Neighbours up to one pixel away, with the corners. */
function* around(i: number): Generator<number> {
  const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
  for (let v = Math.max(0, y - 1); v <= Math.min(SIDE - 1, y + 1); v++) {
    for (let u = Math.max(0, x - 1); u <= Math.min(SIDE - 1, x + 1); u++) yield v * SIDE + u;
  }
}

interface Foreground {
  /** [32 · 32], 1 where the picture differs from the background. */
  readonly mask: Uint8Array;
  readonly noise: number;
}

function foregroundOf(image: Float32Array, rgb: Rgb): Foreground {
  const distances = Float32Array.from({ length: PLANE }, (_, i) => {
    const pixel = [0, 1, 2].map((c) => to255(image[c * PLANE + i] ?? 0));
    return distance(pixel as unknown as Rgb, rgb);
  });
  const noise = median([...distances].filter((_, i) => inRing(i)));
  const threshold = Math.max(FOREGROUND_DISTANCE, NOISE_FACTOR * noise);
  const raw = Uint8Array.from(distances, (d) => (d > threshold ? 1 : 0));
  const mask = raw.map((on, i) => {
    let near = -1;
    if (on) for (const j of around(i)) near += raw[j] ?? 0;
    return near >= FEWEST_NEIGHBOURS ? 1 : 0;
  });
  return { mask, noise };
}

/** Each pixel of the mask widened by one: two parts up to 2 pixels apart become one. */
function dilate(mask: Uint8Array): Uint8Array {
  const wide = new Uint8Array(PLANE);
  mask.forEach((on, i) => {
    if (on) for (const j of around(i)) wide[j] = 1;
  });
  return wide;
}

/** The part of `wide` that holds pixel `start`: taken out of `wide`, measured on `mask`. */
function takeBlob(wide: Uint8Array, mask: Uint8Array, start: number): Blob {
  let [left, top, right, bottom, area] = [SIDE, SIDE, 0, 0, 0];
  const stack = [start];
  wide[start] = 0;
  for (let i = stack.pop(); i !== undefined; i = stack.pop()) {
    if (mask[i]) {
      const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
      [left, top] = [Math.min(left, x), Math.min(top, y)];
      [right, bottom] = [Math.max(right, x + 1), Math.max(bottom, y + 1)];
      area++;
    }
    for (const j of around(i)) {
      if (!wide[j]) continue;
      wide[j] = 0;
      stack.push(j);
    }
  }
  return { left, top, right, bottom, area };
}

function findBlobs(mask: Uint8Array): Blob[] {
  const wide = dilate(mask);
  const blobs: Blob[] = [];
  for (let i = 0; i < PLANE; i++) if (wide[i]) blobs.push(takeBlob(wide, mask, i));
  const largest = Math.max(0, ...blobs.map((b) => b.area));
  return blobs.filter((b) => b.area >= Math.max(SMALLEST_BLOB, SHARE_OF_LARGEST * largest));
}

/** The box around all blobs. */
function boxOf(blobs: readonly Blob[]): Box {
  return {
    left: Math.min(...blobs.map((b) => b.left)),
    top: Math.min(...blobs.map((b) => b.top)),
    right: Math.max(...blobs.map((b) => b.right)),
    bottom: Math.max(...blobs.map((b) => b.bottom)),
  };
}

function placeOf(blobs: readonly Blob[]): Place {
  if (blobs.length === 0) return "centre";
  const box = boxOf(blobs);
  const dx = (box.left + box.right - SIDE) / 2;
  const dy = (box.top + box.bottom - SIDE) / 2;
  if (Math.max(Math.abs(dx), Math.abs(dy)) <= OFF_CENTRE) return "centre";
  if (Math.abs(dx) >= Math.abs(dy)) return dx < 0 ? "left" : "right";
  return dy < 0 ? "top" : "bottom";
}

/** image [3, 32, 32] in [-1, 1] → what it shows. */
export function readScene(image: Float32Array): Reading {
  const rgb = ringMedian(image);
  const { mask, noise } = foregroundOf(image, rgb);
  const blobs = findBlobs(mask);
  return {
    background: nearestColour(rgb),
    rgb,
    noise,
    blobs,
    count: blobs.length,
    place: placeOf(blobs),
  };
}

/** Whether image [3, 32, 32] in [-1, 1] shows the background, place and count of the scene. */
export function checkScene(
  image: Float32Array,
  scene: Pick<Scene, "background" | "place" | "count">,
): SceneCheck {
  const seen = readScene(image);
  const background = seen.background === scene.background;
  const place = seen.count > 0 && seen.place === scene.place;
  const count = seen.count === scene.count;
  return { background, place, count, all: background && place && count };
}
