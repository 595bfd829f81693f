import { beforeAll, describe, expect, it } from "vitest";
import type { Atlas } from "../../src/data/atlas.js";
import { checkScene, readScene } from "../../src/data/check.js";
import type { Scene } from "../../src/data/grammar.js";
import { identifySubject } from "../../src/data/identify.js";
import { Rng } from "../../src/data/random.js";
import { renderScene, SCENE_LENGTH } from "../../src/data/render.js";
import { sampleScene } from "../../src/data/scene.js";
import { COLOURS, COUNTS, PLACES } from "../../src/data/words.js";
import { loadAtlases } from "../../src/io/node-atlas.js";

let atlas: Atlas;
beforeAll(async () => {
  atlas = await loadAtlases();
});

const N = 600;
const scenes = Array.from({ length: N }, (_, i) => sampleScene(10_000 + i, { split: "all" }));
const share = (test: (scene: Scene) => boolean) => scenes.filter(test).length / N;

/** Approximately normal noise, standard deviation `sigma` on the scale [-1, 1]. */
function addNoise(image: Float32Array, sigma: number, seed: number): Float32Array {
  const rng = new Rng(seed);
  const uniform = () => rng.next() / 2 ** 32;
  return image.map((v) => {
    const normal = Array.from({ length: 12 }, uniform).reduce((a, u) => a + u, -6);
    return v + sigma * normal;
  });
}

describe("checkScene", () => {
  it("agrees with at least 99 % of rendered scenes", () => {
    expect(share((s) => checkScene(renderScene(s, atlas), s).all)).toBeGreaterThanOrEqual(0.99);
  });

  it("still does under mild noise", () => {
    const right = share((s) => checkScene(addNoise(renderScene(s, atlas), 0.1, s.seed), s).all);
    expect(right).toBeGreaterThanOrEqual(0.98);
  });

  it("rejects every other background", () => {
    for (const scene of scenes.slice(0, 200)) {
      const image = renderScene(scene, atlas);
      for (const background of COLOURS.filter((c) => c !== scene.background)) {
        const { all, background: ok } = checkScene(image, { ...scene, background });
        expect(all || ok).toBe(false);
      }
    }
  });

  it("rejects every other place and count", () => {
    const wrong = share((scene) => {
      const image = renderScene(scene, atlas);
      const places = PLACES.filter((p) => p !== scene.place);
      const counts = COUNTS.filter((c) => c !== scene.count);
      return (
        places.some((place) => checkScene(image, { ...scene, place }).place) ||
        counts.some((count) => checkScene(image, { ...scene, count }).count)
      );
    });
    expect(wrong).toBeLessThanOrEqual(0.01);
  });

  it("finds a changed picture, not only a changed caption", () => {
    const moved: Scene = { ...(scenes[0] as Scene), place: "centre", count: 1 };
    for (const count of [2, 3] as const) {
      expect(checkScene(renderScene({ ...moved, count }, atlas), moved).count).toBe(false);
    }
    for (const place of ["left", "right", "top", "bottom"] as const) {
      expect(checkScene(renderScene({ ...moved, place }, atlas), moved).place).toBe(false);
    }
  });

  it("sees nothing in an empty picture", () => {
    const empty = new Float32Array(SCENE_LENGTH).fill(0.92);
    const { count, background, blobs } = readScene(empty);
    expect({ count, background, blobs }).toEqual({ count: 0, background: "white", blobs: [] });
    const check = checkScene(empty, { background: "white", place: "centre", count: 1 });
    expect(check).toEqual({ background: true, place: false, count: false, all: false });
    expect(identifySubject(empty, atlas)).toBeUndefined();
  });
});

describe("identifySubject", () => {
  it("names the subject and the style of at least 98 % of rendered scenes", () => {
    const some = scenes.slice(0, 150);
    const named = some.filter((s) => {
      const seen = identifySubject(renderScene(s, atlas), atlas);
      return seen?.subject === s.subject && seen.style === s.style;
    });
    expect(named.length / some.length).toBeGreaterThanOrEqual(0.98);
  });
});
