/**
 * Scene → picture, and batches of them for training.
 *
 *     out = sprite + (1 − alpha) · below        (premultiplied "over"), then 2·out − 1
 */
import type { Atlas, Sprite } from "./atlas.js";
import type { Scene } from "./grammar.js";
import { caption } from "./grammar.js";
import { childSeed, Rng } from "./random.js";
import type { Split } from "./scene.js";
import { layoutOf, SCENE_SIZE, sampleScene } from "./scene.js";
import { MAX_TOKENS, tokenize } from "./tokenizer.js";

const PLANE = SCENE_SIZE * SCENE_SIZE;
/** Values of one picture: 3 · 32 · 32. */
export const SCENE_LENGTH = 3 * PLANE;

/** Fills out [3, 32, 32] (in [0, 1]) with one colour, 0 .. 255. */
export function fillBackground(out: Float32Array, rgb: readonly number[]): void {
  for (let c = 0; c < 3; c++) out.fill((rgb[c] ?? 0) / 255, c * PLANE, (c + 1) * PLANE);
}

/** Draws a sprite with its upper left corner at (x0, y0); what falls outside is cut. */
export function drawSprite(out: Float32Array, sprite: Sprite, x0: number, y0: number): void {
  const { width, height, data } = sprite;
  for (let y = Math.max(0, -y0); y < Math.min(height, SCENE_SIZE - y0); y++) {
    for (let x = Math.max(0, -x0); x < Math.min(width, SCENE_SIZE - x0); x++) {
      const p = (y * width + x) * 4;
      const below = 1 - (data[p + 3] as number);
      if (below === 1) continue;
      const o = (y0 + y) * SCENE_SIZE + x0 + x;
      for (let c = 0; c < 3; c++) {
        const at = o + c * PLANE;
        out[at] = (data[p + c] as number) + below * (out[at] as number);
      }
    }
  }
}

/** Draws into `out` [3, 32, 32], values in [-1, 1]. */
export function renderSceneInto(out: Float32Array, scene: Scene, atlas: Atlas): void {
  const { size, centres, rgb } = layoutOf(scene);
  fillBackground(out, rgb);
  const sprite = atlas.sprite(scene.subject, scene.style, size);
  for (const [x, y] of centres) {
    drawSprite(out, sprite, Math.round(x - sprite.width / 2), Math.round(y - sprite.height / 2));
  }
  for (let i = 0; i < SCENE_LENGTH; i++) {
    out[i] = Math.min(1, Math.max(-1, 2 * (out[i] as number) - 1));
  }
}

/** scene → picture [3, 32, 32] in [-1, 1]. */
export function renderScene(scene: Scene, atlas: Atlas): Float32Array {
  const out = new Float32Array(SCENE_LENGTH);
  renderSceneInto(out, scene, atlas);
  return out;
}

/** Of which split, and how many captions are dropped. */
export interface BatchOptions {
  /** Default "train". */
  readonly split?: Split;
  /**
   * The share of captions replaced by nothing (all padding), for classifier-free guidance. Default
   * 0.
   */
  readonly captionDropout?: number;
}

/** Captioned pictures: n scenes, drawn and written. */
export interface Batch {
  /** [n, 3, 32, 32] in [-1, 1]. */
  readonly images: Float32Array;
  /** [n, MAX_TOKENS]. */
  readonly tokens: Uint32Array;
  readonly scenes: readonly Scene[];
  /** What each scene says, dropped or not. */
  readonly captions: readonly string[];
}

/**
 * seed, n → n scenes. Scene i depends on (seed, i) alone, so a longer batch begins with a shorter
 * one.
 */
export function makeBatch(
  seed: number,
  n: number,
  atlas: Atlas,
  { split = "train", captionDropout = 0 }: BatchOptions = {},
): Batch {
  const images = new Float32Array(n * SCENE_LENGTH);
  const tokens = new Uint32Array(n * MAX_TOKENS);
  const scenes: Scene[] = [];
  const captions: string[] = [];
  for (let i = 0; i < n; i++) {
    const own = childSeed(seed, i);
    const scene = sampleScene(own, { split });
    const text = caption(scene);
    renderSceneInto(images.subarray(i * SCENE_LENGTH, (i + 1) * SCENE_LENGTH), scene, atlas);
    const dropped = new Rng(own ^ 0x5bd1e995).next() < captionDropout * 0x1_0000_0000;
    if (!dropped) tokens.set(tokenize(text).ids, i * MAX_TOKENS);
    scenes.push(scene);
    captions.push(text);
  }
  return { images, tokens, scenes, captions };
}
