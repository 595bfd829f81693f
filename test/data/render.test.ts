import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { Atlas } from "../../src/data/atlas.js";
import { createAtlas } from "../../src/data/atlas.js";
import { caption } from "../../src/data/grammar.js";
import { childSeed, mix, Rng } from "../../src/data/random.js";
import { makeBatch, renderScene, SCENE_LENGTH } from "../../src/data/render.js";
import { layoutOf, sampleScene } from "../../src/data/scene.js";
import { MAX_TOKENS, tokenize } from "../../src/data/tokenizer.js";
import { STYLES, SUBJECTS } from "../../src/data/words.js";
import { EMOJI_SETS, loadAtlases, loadEmojiSet } from "../../src/io/node-atlas.js";

let atlas: Atlas;
beforeAll(async () => {
  atlas = await loadAtlases();
});

describe("renderScene", () => {
  it("fills [3, 32, 32] with values in [-1, 1], the same for the same scene", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const scene = sampleScene(seed, { split: "all" });
        const image = renderScene(scene, atlas);
        expect(image).toHaveLength(SCENE_LENGTH);
        expect(image.every((v) => v >= -1 && v <= 1)).toBe(true);
        expect(renderScene(scene, atlas)).toEqual(image);
      }),
      { numRuns: 100 },
    );
  });

  it("gives one caption many pictures", () => {
    const scene = sampleScene(4);
    const shown = Array.from({ length: 50 }, (_, seed) => renderScene({ ...scene, seed }, atlas));
    expect(new Set(shown.map((image) => image.join())).size).toBe(50);
  });

  it("keeps every sprite inside the picture", () => {
    for (let seed = 0; seed < 3000; seed++) {
      const scene = sampleScene(seed, { split: "all" });
      const { size, centres } = layoutOf(scene);
      const { width, height } = atlas.sprite(scene.subject, scene.style, size);
      for (const [x, y] of centres) {
        const [left, top] = [Math.round(x - width / 2), Math.round(y - height / 2)];
        expect(Math.min(left, top, 32 - left - width, 32 - top - height)).toBeGreaterThanOrEqual(0);
      }
    }
  });

  it("has not changed: the sum of a fixed batch", () => {
    const { images, captions } = makeBatch(2026, 64, atlas);
    const sum = images.reduce((a, v) => a + Math.round((v + 1) * 127.5), 0);
    expect({ sum, captions: captions.slice(0, 3) }).toMatchInlineSnapshot(`
      {
        "captions": [
          "an umbrella on a green background",
          "a cat on a pink background",
          "a shaded red apple on the right on a white background",
        ],
        "sum": 25823144,
      }
    `);
  });
});

describe("makeBatch", () => {
  it("puts pictures, tokens, scenes and captions in the same order", () => {
    const batch = makeBatch(3, 20, atlas, { split: "held-out" });
    for (const [i, scene] of batch.scenes.entries()) {
      expect(batch.captions[i]).toBe(caption(scene));
      const image = batch.images.subarray(i * SCENE_LENGTH, (i + 1) * SCENE_LENGTH);
      expect(image).toEqual(renderScene(scene, atlas));
      const tokens = batch.tokens.subarray(i * MAX_TOKENS, (i + 1) * MAX_TOKENS);
      expect([...tokens]).toEqual(tokenize(caption(scene)).ids);
    }
  });

  it("begins like a shorter batch of the same seed", () => {
    const [short, long] = [makeBatch(9, 5, atlas), makeBatch(9, 12, atlas)];
    expect(long.captions.slice(0, 5)).toEqual(short.captions);
    expect(long.images.slice(0, short.images.length)).toEqual(short.images);
  });

  it("drops captions at the asked rate, and changes nothing else", () => {
    const plain = makeBatch(5, 400, atlas);
    const dropped = makeBatch(5, 400, atlas, { captionDropout: 0.25 });
    expect(
      Buffer.compare(Buffer.from(dropped.images.buffer), Buffer.from(plain.images.buffer)),
    ).toBe(0);
    const empty = plain.scenes.filter((_, i) => dropped.tokens[i * MAX_TOKENS] === 0).length;
    expect(empty / 400).toBeGreaterThan(0.17);
    expect(empty / 400).toBeLessThan(0.33);
  });
});

describe("the random integers", () => {
  it("mix has no collision among neighbours, and known values", () => {
    const values = Array.from({ length: 20000 }, (_, i) => mix(i));
    expect(new Set(values).size).toBe(values.length);
    expect([mix(0), mix(1), childSeed(1, 0), childSeed(1, 1)]).toMatchInlineSnapshot(`
      [
        0,
        1753845952,
        2988215890,
        2105998277,
      ]
    `);
  });

  it("below is uniform and stays below", () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 1000 }), (seed, n) => {
        const value = new Rng(seed).below(n);
        expect(Number.isInteger(value) && value >= 0 && value < n).toBe(true);
      }),
    );
    const rng = new Rng(7);
    const hits = new Array<number>(10).fill(0);
    for (let i = 0; i < 10000; i++) hits[rng.below(10)]!++;
    const chi2 = hits.reduce((a, h) => a + (h - 1000) ** 2 / 1000, 0);
    expect(chi2).toBeLessThan(27.9); // 99.9 % of nine degrees of freedom
  });
});

describe("the committed atlases", () => {
  it("hold every subject in every style, trimmed to the asked size", () => {
    for (const subject of SUBJECTS) {
      for (const style of STYLES) {
        const { width, height, data } = atlas.sprite(subject, style, 24);
        expect(Math.max(width, height)).toBe(24);
        expect(data.every((v) => v >= 0 && v <= 1.0001)).toBe(true);
      }
    }
  });

  it("hold three whole sets with captions, no skin tones, no cell twice", async () => {
    for (const name of EMOJI_SETS) {
      const set = await loadEmojiSet(name);
      expect(set.cells).toHaveLength(set.count);
      expect(set.count).toBeGreaterThan(1500);
      expect(set.pixels.width).toBe(set.cell * set.columns);
      expect(new Set(set.cells.map((c) => c.name)).size).toBe(set.count);
      expect(set.cells.filter((c) => /skin tone/.test(c.caption))).toEqual([]);
      expect(set.cells.find((c) => c.name === "red-heart")?.caption).toBe("red heart");
      expect(set.pixels.data.some((v, i) => i % 4 === 3 && v === 0)).toBe(true);
    }
  });

  it("refuses a missing folder and a picture of the wrong size", async () => {
    await expect(loadAtlases("/nowhere")).rejects.toThrowErrorMatchingInlineSnapshot(
      `[FormatError: loadAtlases: cannot read /nowhere/subjects.png. Pass the folder that holds subjects.png and subjects.json.]`,
    );
    const { index } = atlas;
    const small = { width: 2, height: 2, data: new Uint8Array(16) };
    expect(() => createAtlas(small, index)).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: createAtlas: the picture is 2x2, its index needs 192x1536. Take the PNG and the JSON of the same build.]`,
    );
    const cells = index.cells.slice(1);
    expect(() => createAtlas(atlas.pixels, { ...index, cells })).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: createAtlas: no cell for "red heart" in the style "flat" among 71 cells. Build data/subjects.png again with scripts/atlases.]`,
    );
  });
});
