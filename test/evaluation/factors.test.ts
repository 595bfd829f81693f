/** Factors of rendered scenes are those of the scenes; sets known by construction. */
import { expect, test } from "vitest";
import { type Scene, renderScene } from "../../src/data/index.js";
import { factorDiversity, factorsOf } from "../../src/evaluation/index.js";
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
    "red heart | flat | blue | centre | 1",
    "panda | bold | pink | centre | 1",
  ]);
});

test("one combination counts as one, four equal ones as four", () => {
  expect(factorDiversity(["a", "a", "a"], ["a"])).toEqual({ effective: 1, coverage: 1 });
  const four = factorDiversity(["a", "b", "c", "d"], ["a", "b", "x", "y", "x"]);
  expect(four.effective).toBeCloseTo(4, 12);
  expect(four.coverage).toBe(2 / 4);
});
