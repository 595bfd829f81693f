import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { caption, isHeldOut, isVisiblePair, type Scene } from "../../src/data/index.js";
import {
  contrastPair,
  contrastScenes,
  falseNegativeMask,
  isTrueOf,
} from "../../src/preference/index.js";

const scene: Scene = {
  subject: "red heart",
  style: "flat",
  styleNamed: false,
  background: "blue",
  place: "centre",
  count: 1,
  seed: 1,
};

describe("contrast pairs", () => {
  test("both are scenes of training, and neither caption is true of the other picture", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const [a, b] = contrastPair(seed);
        for (const s of [a, b]) {
          expect(isVisiblePair(s.subject, s.background)).toBe(true);
          expect(isHeldOut(s)).toBe(false);
          expect(s.count === 1 || s.place === "centre").toBe(true);
        }
        expect(isTrueOf(a, b)).toBe(false);
        expect(isTrueOf(b, a)).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  test("they differ in one attribute, or swap two colours; every attribute has its turn", () => {
    const keys = ["subject", "background", "style", "place", "count"] as const;
    const seen = new Map<string, number>();
    for (let seed = 0; seed < 400; seed++) {
      const [a, b] = contrastPair(seed);
      const differing = keys.filter((k) => a[k] !== b[k]);
      const what = differing.join("+");
      seen.set(what, (seen.get(what) ?? 0) + 1);
      if (what !== "subject+background") continue;
      expect(a.subject.split(" ")[0]).toBe(b.background);
      expect(b.subject.split(" ")[0]).toBe(a.background);
    }
    expect([...seen.keys()].sort()).toEqual([...keys, "subject+background"].sort());
  });

  test("a batch is a function of its seed, with scenes at random behind the pairs", () => {
    expect(contrastScenes(3, 20)).toEqual(contrastScenes(3, 20));
    expect(contrastScenes(3, 20)).not.toEqual(contrastScenes(4, 20));
    expect(contrastScenes(3, 20)).toHaveLength(20);
    expect(contrastScenes(3, 1)).toHaveLength(1);
  });
});

describe("false negatives", () => {
  test("a caption without a style is true of every style; one with it, of its own", () => {
    const bold = { ...scene, style: "bold" } as const;
    const saysFlat = { ...scene, styleNamed: true };
    expect(isTrueOf(scene, bold)).toBe(true);
    expect(isTrueOf(saysFlat, scene)).toBe(true);
    expect(isTrueOf(saysFlat, bold)).toBe(false);
    expect(isTrueOf(scene, { ...scene, background: "green" })).toBe(false);
    expect(isTrueOf(scene, { ...scene, count: 2 })).toBe(false);
    expect(isTrueOf(scene, { ...scene, place: "left" })).toBe(false);
  });

  test("the mask leaves out exactly them, and never the diagonal", () => {
    const scenes = [
      scene,
      { ...scene, seed: 2 },
      { ...scene, style: "bold", styleNamed: true } as const,
    ];
    expect(scenes.map(caption)[2]).toBe("a bold red heart on a blue background");
    // Rows: pictures. The bold picture is also "a red heart"; the flat ones are not "bold".
    expect([...falseNegativeMask(scenes)]).toEqual([0, -1e9, 0, -1e9, 0, 0, -1e9, -1e9, 0]);
  });
});
