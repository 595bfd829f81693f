/** Factors of rendered scenes are those of the scenes; sets known by construction. */
import { expect, test } from "vitest";
import { renderScene, type Scene } from "../../src/data/index.js";
import { type Factors, factorDiversity, factorsOf } from "../../src/evaluation/index.js";
import { loadAtlases } from "../../src/io/node-atlas.js";
import { stack } from "./constructed.js";

const scene: Scene = {
  subject: "red heart",
  style: "flat",
  styleNamed: true,
  background: "blue",
  place: "centre",
  count: 1,
  seed: 1,
};

test("a rendered scene shows its own factors", async () => {
  const atlas = await loadAtlases();
  const other: Scene = { ...scene, subject: "panda", style: "bold", background: "pink" };
  const pictures = stack(renderScene(scene, atlas), renderScene(other, atlas));
  expect(factorsOf(pictures, atlas)).toEqual([
    { subject: "red heart", style: "flat", background: "blue", place: "centre", count: 1 },
    { subject: "panda", style: "bold", background: "pink", place: "centre", count: 1 },
  ]);
});

const shown = (...counts: readonly number[]): Factors[] =>
  counts.map((count) => ({ background: "red", place: "left", count }));

test("one combination counts as one, four equal ones as four", () => {
  expect(factorDiversity(shown(1, 1, 1), shown(1))).toEqual({ effective: 1, coverage: 1 });
  const four = factorDiversity(shown(1, 2, 3, 4), shown(1, 2, 8, 9, 8));
  expect(four.effective).toBeCloseTo(4, 12);
  expect(four.coverage).toBe(2 / 4);
});
