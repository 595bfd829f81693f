/**
 * Drawing scenes at random: a seed → what is in the picture → where every sprite stands.
 */
import type { Scene } from "./grammar.js";
import { Rng } from "./random.js";
import { isHeldOutPair, isVisiblePair } from "./split.js";
import type { Count, Place } from "./words.js";
import { COLOURS, PALETTE, PLACES, STYLES, SUBJECTS } from "./words.js";

/** The scenes to train on, those kept from training, or both. */
export type Split = "train" | "held-out" | "all";
/** Of which split; default "train". */
export interface SampleOptions {
  readonly split?: Split;
}

/** Sides of a scene's picture. */
export const SCENE_SIZE = 32;

/** In percent. A single centred subject is what a small model must learn first. */
const ARRANGEMENTS: readonly { weight: number; count: Count; places: readonly Place[] }[] = [
  { weight: 70, count: 1, places: ["centre"] },
  { weight: 18, count: 1, places: PLACES.filter((p) => p !== "centre") },
  { weight: 6, count: 2, places: ["centre"] },
  { weight: 6, count: 3, places: ["centre"] },
];
const ARRANGEMENT_WEIGHTS = ARRANGEMENTS.map((a) => a.weight);
/** How often a caption names the style, in percent. */
const STYLE_NAMED = 50;

function accepts(
  split: Split,
  subject: Scene["subject"],
  background: Scene["background"],
): boolean {
  if (!isVisiblePair(subject, background)) return false;
  return split === "all" || isHeldOutPair(subject, background) === (split === "held-out");
}

/** seed → a scene of the split. The same seed and split give the same scene, everywhere. */
export function sampleScene(seed: number, { split = "train" }: SampleOptions = {}): Scene {
  const rng = new Rng(seed);
  let [subject, background] = [rng.pick(SUBJECTS), rng.pick(COLOURS)];
  while (!accepts(split, subject, background)) {
    [subject, background] = [rng.pick(SUBJECTS), rng.pick(COLOURS)];
  }
  const arrangement = ARRANGEMENTS[
    rng.weighted(ARRANGEMENT_WEIGHTS)
  ] as (typeof ARRANGEMENTS)[number];
  return {
    subject,
    background,
    count: arrangement.count,
    place: rng.pick(arrangement.places),
    style: rng.pick(STYLES),
    styleNamed: rng.below(100) < STYLE_NAMED,
    seed: rng.next(),
  };
}

/** Where sprites stand, in pixels of the 32 × 32 picture, and the exact background. */
export interface Layout {
  /** The longer side of each sprite, in pixels. */
  readonly size: number;
  /** Centres of the sprites. */
  readonly centres: readonly (readonly [x: number, y: number])[];
  /** Background, 0 .. 255. */
  readonly rgb: readonly [number, number, number];
}

const SHADE_JITTER = 10;
const PLACE_CENTRES: Record<Place, readonly [number, number]> = {
  centre: [16, 16],
  left: [9, 16],
  right: [23, 16],
  top: [16, 9],
  bottom: [16, 23],
};

/** Centres of two or three: a row, or a triangle that stands on its base. */
const GROUPS: Record<Count, readonly (readonly [number, Row])[]> = {
  1: [[16, 16]],
  2: [
    [8, 16],
    [24, 16],
  ],
  3: [
    [16, 8],
    [8, 24],
    [24, 24],
  ],
};
type Row = 8 | 16 | 24;
/** How far a sprite of each row may move up or down: never towards another row. */
const LIFTS: Record<Row, readonly [number, number]> = { 8: [-1, 0], 16: [-3, 3], 24: [0, 1] };

/** What the caption leaves open, drawn from the scene's own seed. */
export function layoutOf(scene: Pick<Scene, "background" | "place" | "count" | "seed">): Layout {
  const rng = new Rng(scene.seed);
  const [r, g, b] = PALETTE[scene.background];
  const shade = (v: number) =>
    Math.min(255, Math.max(0, v + rng.between(-SHADE_JITTER, SHADE_JITTER)));
  const rgb = [shade(r), shade(g), shade(b)] as const;
  const { place, count } = scene;
  if (count > 1) {
    const size = rng.between(11, 13);
    const centres = GROUPS[count].map(([x, y]) => [x, y + rng.between(...LIFTS[y])] as const);
    return { size, centres, rgb };
  }
  const [x, y] = PLACE_CENTRES[place];
  const size = place === "centre" ? rng.between(22, 25) : rng.between(13, 16);
  return { size, centres: [[x + rng.between(-1, 1), y + rng.between(-1, 1)]], rgb };
}
