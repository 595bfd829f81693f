/** The rows that a sweep writes of a finished job: flat, one for each point. */
import { expect, test } from "vitest";
import type { Json } from "../../src/lab/json.js";
import { experiments } from "../../src/lab/registry.js";

const open = (name: string) => {
  const found = experiments.find((one) => one.name === name);
  if (!found) throw new Error(`no experiment ${name}`);
  return found.open(found.presets.quick);
};

test("toy-2d: a trial has a row for each α and seed, other jobs have none", () => {
  const points = [
    { seed: 0, alpha: 1, reward: 0.2, effectiveModes: 8, kl: 0.1 },
    { seed: 1, alpha: 1, reward: 0.3, effectiveModes: 7, kl: 0.2 },
  ];
  const toy = open("toy-2d");
  expect(toy.rows("R1 kl@score", { points, clouds: [], fields: [], scale: 1 } as Json)).toEqual(
    points.map((point) => ({ rewardName: "R1", arm: "kl@score", ...point })),
  );
  expect(toy.rows("start", { generators: [] } as Json)).toEqual([]);
});

test("emoji-32: a start and a trial, with arm, proxy and strength as columns", () => {
  const measures = { learned: 0.1, gold: 0.7, vendi: 1.5 };
  const emoji = open("emoji-32");
  const trial = { alpha_rew: 2, force: 1, points: [{ step: 3, measures }] } as Json;
  expect(emoji.rows("0 kl:x0 learned ×4", trial)).toEqual([
    {
      ...{ seed: 0, arm: "kl:x0", divergence: "kl", weighting: "x0", proxy: "learned" },
      ...{ strength: 4, alpha_rew: 2, step: 3, ...measures },
    },
  ]);
});

test("each experiment says how its rows are drawn", () => {
  for (const { name, view } of experiments) expect(view, name).toBeDefined();
});
