/** u* of pictures made by hand: what it should like, in the order in which it should. */
import { beforeAll, describe, expect, test } from "vitest";
import { type Atlas, renderScene, SCENE_LENGTH, type Scene } from "../../../src/data/index.js";
import { loadAtlases } from "../../../src/io/node-atlas.js";
import { gold, goldParts } from "../../../src/lab/emoji-32/gold.js";
import { Key } from "../../../src/tensor/key.js";

const scene: Scene = {
  subject: "panda",
  style: "flat",
  styleNamed: true,
  background: "blue",
  place: "centre",
  count: 1,
  seed: 3,
};
let atlas: Atlas;
beforeAll(async () => {
  atlas = await loadAtlases();
});
const shown = (change: Partial<Scene> = {}): Float32Array =>
  renderScene({ ...scene, ...change }, atlas);
const parts = (picture: Float32Array) => goldParts(picture, scene, atlas);

test("a rendered scene has nearly all that its caption asks for", () => {
  const { background, place, count, subject, clean } = parts(shown());
  expect(background).toBeGreaterThan(0.9);
  expect(place).toBeGreaterThan(0.9);
  expect(count).toBe(1);
  expect(subject).toBeGreaterThan(0.9);
  expect(clean).toBe(1);
});

describe("each part falls where its factor is wrong, and the rest stays", () => {
  const wrong: readonly (readonly [keyof ReturnType<typeof parts>, Partial<Scene>, number])[] = [
    ["background", { background: "purple" }, 0.2],
    ["place", { place: "left" }, 0.4],
    ["count", { count: 3 }, 0.2],
    ["subject", { subject: "red car" }, 0.3],
  ];
  test.each(wrong)("%s", (part, change, most) => {
    const value = parts(shown(change))[part];
    expect(value).toBeLessThan(most);
    expect(gold(shown(change), scene, atlas)).toBeLessThan(gold(shown(), scene, atlas));
  });
});

test("noise makes a picture less clean, step by step", () => {
  const noisy = (sigma: number): number => {
    const key = Key.from(1);
    return parts(shown().map((v, i) => v + sigma * (2 * key.uniform(i) - 1))).clean;
  };
  expect(noisy(0)).toBeGreaterThan(noisy(0.1));
  expect(noisy(0.1)).toBeGreaterThan(noisy(0.4));
});

test("colour has its best within: pale and glaring pictures are worse", () => {
  const plane = SCENE_LENGTH / 3;
  const mixed = (share: number): Float32Array => {
    // A grey and a coloured part: mean saturation 0.9 · share.
    const picture = new Float32Array(SCENE_LENGTH);
    for (let i = 0; i < plane; i++) picture[i] = i < share * plane ? -0.8 : 0;
    return picture;
  };
  const colour = (share: number): number => parts(mixed(share)).colour;
  expect(colour(0.8)).toBeGreaterThan(colour(0.3));
  expect(colour(0.8)).toBeGreaterThan(colour(1));
});

test("the empty picture has neither place nor subject", () => {
  const { place, subject, count } = parts(new Float32Array(SCENE_LENGTH));
  expect([place, subject]).toEqual([0, 0]);
  expect(count).toBeCloseTo(Math.exp(-1), 12);
});
