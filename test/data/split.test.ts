import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { Atlas } from "../../src/data/atlas.js";
import { sampleScene } from "../../src/data/scene.js";
import { HELD_OUT, isHeldOut, isHeldOutPair, isVisiblePair } from "../../src/data/split.js";
import type { Colour, Subject } from "../../src/data/words.js";
import { COLOURS, PALETTE, STYLES, SUBJECTS } from "../../src/data/words.js";
import { loadAtlases } from "../../src/io/node-atlas.js";

const pairs = SUBJECTS.flatMap((s) => COLOURS.map((c) => [s, c] as const));
const visible = pairs.filter(([s, c]) => isVisiblePair(s, c));
const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });

describe("the held-out pairs", () => {
  it("are at least a tenth of the visible ones, without repeats", () => {
    const keys = new Set(HELD_OUT.map(([s, c]) => `${s}|${c}`));
    expect(keys.size).toBe(HELD_OUT.length);
    expect(HELD_OUT.length / visible.length).toBeGreaterThanOrEqual(0.1);
    expect(HELD_OUT.length / visible.length).toBeLessThan(0.25);
    for (const [s, c] of HELD_OUT) expect(isVisiblePair(s, c)).toBe(true);
  });

  it("leave every subject and every colour in training several times", () => {
    const train = visible.filter(([s, c]) => !isHeldOutPair(s, c));
    for (const s of SUBJECTS) expect(train.filter((p) => p[0] === s).length).toBeGreaterThan(3);
    for (const c of COLOURS) expect(train.filter((p) => p[1] === c).length).toBeGreaterThan(8);
  });

  it("never reach training, and are all that the held-out split shows", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        expect(isHeldOut(sampleScene(seed, { split: "train" }))).toBe(false);
        expect(isHeldOut(sampleScene(seed, { split: "held-out" }))).toBe(true);
        expect(isHeldOut(sampleScene(seed))).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("sampleScene", () => {
  it("is a function of its seed", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        expect(sampleScene(seed, { split: "all" })).toEqual(sampleScene(seed, { split: "all" }));
      }),
    );
  });

  it("keeps to its weights, and reaches every visible pair", () => {
    const scenes = Array.from({ length: 8000 }, (_, s) => sampleScene(s, { split: "all" }));
    const share = (test: (s: (typeof scenes)[number]) => boolean) =>
      scenes.filter(test).length / scenes.length;
    expect(share((s) => s.count === 1 && s.place === "centre")).toBeCloseTo(0.7, 1);
    expect(share((s) => s.place !== "centre")).toBeCloseTo(0.18, 1);
    expect(share((s) => s.count === 2)).toBeCloseTo(0.06, 1);
    expect(share((s) => s.styleNamed)).toBeCloseTo(0.5, 1);
    expect(new Set(scenes.map((s) => `${s.subject}|${s.background}`)).size).toBe(visible.length);
  });
});

describe("the hidden pairs", () => {
  let atlas: Atlas;
  beforeAll(async () => {
    atlas = await loadAtlases();
  });

  /** The share of a sprite's pixels that stand at least 80 away, in the worst of the styles. */
  function visibleShare(subject: Subject, colour: Colour): number {
    const shares = STYLES.map((style) => {
      const { width, height, data } = atlas.sprite(subject, style, 24);
      const at = Array.from({ length: width * height }, (_, i) => i * 4);
      const solid = at.filter((p) => (data[p + 3] ?? 0) >= 0.5);
      const seen = solid.filter((p) => {
        const alpha = data[p + 3] ?? 1;
        const d = PALETTE[colour].map((v, c) => (255 * (data[p + c] ?? 0)) / alpha - v);
        return Math.hypot(...d) > 80;
      });
      return seen.length / solid.length;
    });
    return Math.min(...shares);
  }

  it("are exactly those whose subject cannot be seen", () => {
    const wrong = pairs.filter(([s, c]) => visibleShare(s, c) < 0.64 === isVisiblePair(s, c));
    expect(wrong).toEqual([]);
  });

  it("contain no two palette colours nearer than 90", () => {
    const apart = COLOURS.flatMap((a, i) =>
      COLOURS.slice(i + 1).map((b) =>
        Math.hypot(...PALETTE[a].map((v, c) => v - (PALETTE[b][c] ?? 0))),
      ),
    );
    expect(Math.min(...apart)).toBeGreaterThan(90);
  });
});
