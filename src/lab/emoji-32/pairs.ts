/**
 * Simulated preferences: no person was asked. Pictures of one caption are compared by a rater who
 * sees a utility u through noise (Bradley & Terry 1952):
 *
 *     P(a ≻ b) = σ((u_a − u_b) / τ),      τ = 0.05
 *
 * The rater of the first proxy sees u = u*. That of the second likes saturated pictures beside it,
 * as popular preference models are said to:
 *
 *     u = u* + ½ S                        S: mean saturation, 0 .. 1
 *
 * Four pictures a caption, all from the start generator: a fifth of them of another caption, each
 * with its saturation multiplied by 0.4 to 1.8, half of them with noise of up to 0.25.
 */
import { type Atlas, MAX_TOKENS, makeBatch, SCENE_LENGTH, type Scene } from "../../data/index.js";
import { colourFigures } from "../../evaluation/index.js";
import { splitPictures } from "../../evaluation/pictures.js";
import type { Key } from "../../tensor/key.js";
import { golds } from "./gold.js";
import { draw, type Workshop } from "./workshop.js";

export const PROXIES = {
  learned: { what: "learned from noisy comparisons of u*", saturation: 0 },
  saturated: { what: "learned from comparisons by a rater who likes saturation", saturation: 0.5 },
} as const;
export type ProxyName = keyof typeof PROXIES;
export const PROXY_NAMES = Object.keys(PROXIES) as ProxyName[];

export const TEMPERATURE = 0.05;
export const EACH = 4;
const SWAPPED = 0.2;

/** Pictures [n · EACH, 3, 32, 32] of n captions, those of one caption together. */
export interface Pool {
  readonly images: Float32Array;
  readonly tokens: Uint32Array;
  readonly gold: readonly number[];
  readonly saturation: readonly number[];
}

/** Indices of two pictures of one caption; `label` says whether the rater preferred the first. */
export interface Pair {
  readonly a: number;
  readonly b: number;
  readonly label: boolean;
  /** Whether u* is higher for the first. */
  readonly truth: boolean;
}

export async function makePool(
  { device, atlas, start }: Pick<Workshop, "device" | "atlas" | "start">,
  captions: number,
  key: Key,
): Promise<Pool> {
  const { scenes, tokens } = captionsOf(atlas, captions, key.fold(0));
  const shown = tokens.slice();
  for (let i = 0; i < scenes.length; i++) {
    if (key.fold(1).uniform(i) >= SWAPPED) continue;
    const other = key.fold(2).integer(scenes.length, i);
    const from = tokens.subarray(other * MAX_TOKENS, (other + 1) * MAX_TOKENS);
    shown.set(from, i * MAX_TOKENS);
  }
  const images = await draw(device, start, shown, key.fold(3));
  const pictures = splitPictures("makePool", images);
  pictures.forEach((picture, i) => {
    vary(picture, key.fold(4).fold(i));
  });
  const saturation = pictures.map((picture) => colourFigures(picture).saturation);
  return { images, tokens, gold: golds(images, scenes, atlas), saturation };
}

/** Every caption EACH times. */
function captionsOf(atlas: Atlas, n: number, key: Key): { scenes: Scene[]; tokens: Uint32Array } {
  const batch = makeBatch(key.integer(2 ** 31), n, atlas);
  const tokens = new Uint32Array(n * EACH * MAX_TOKENS);
  for (let i = 0; i < n * EACH; i++) {
    const from = Math.floor(i / EACH) * MAX_TOKENS;
    tokens.set(batch.tokens.subarray(from, from + MAX_TOKENS), i * MAX_TOKENS);
  }
  return { scenes: batch.scenes.flatMap((scene) => Array<Scene>(EACH).fill(scene)), tokens };
}

/** Saturation and noise of one picture, in place. */
function vary(picture: Float32Array, key: Key): void {
  const gain = 0.4 + 1.4 * key.uniform(0);
  const sigma = key.uniform(1) < 0.5 ? 0 : 0.25 * key.uniform(2);
  const noise = key.fold(1);
  const plane = SCENE_LENGTH / 3;
  for (let i = 0; i < plane; i++) {
    const rgb = [0, 1, 2].map((c) => picture[c * plane + i] ?? 0);
    const [r = 0, g = 0, b = 0] = rgb;
    const luma = 0.299 * r + 0.587 * g + 0.114 * b;
    for (const [c, v] of rgb.entries()) {
      // Uniform in ±√3: standard deviation 1.
      const e = sigma === 0 ? 0 : Math.sqrt(3) * (2 * noise.uniform(c * plane + i) - 1);
      const out = luma + gain * (v - luma) + sigma * e;
      picture[c * plane + i] = Math.min(1, Math.max(-1, out));
    }
  }
}

/** All pairs of one caption's pictures, as the rater of this proxy labels them. */
export function labelPairs({ gold, saturation }: Pool, proxy: ProxyName, key: Key): Pair[] {
  const liking = PROXIES[proxy].saturation;
  const u = gold.map((value, i) => value + liking * (saturation[i] ?? 0));
  const pairs: Pair[] = [];
  for (let i = 0; i < u.length; i += EACH) {
    for (let a = i; a < i + EACH; a++) {
      for (let b = a + 1; b < i + EACH; b++) {
        const p = 1 / (1 + Math.exp(-((u[a] ?? 0) - (u[b] ?? 0)) / TEMPERATURE));
        const label = key.uniform(pairs.length) < p;
        pairs.push({ a, b, label, truth: (gold[a] ?? 0) > (gold[b] ?? 0) });
      }
    }
  }
  return pairs;
}
