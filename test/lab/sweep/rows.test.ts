/** Tidy rows: by what the experiment says, or flattened. */
import { expect, test } from "vitest";
import { openBench } from "../../../src/cli/lab-bench.js";
import type { Json } from "../../../src/lab/json.js";
import { experimentOf } from "../../../src/lab/sweep/description.js";
import { curvesOf } from "../../../src/lab/sweep/figures.js";
import type { Config } from "../../../src/lab/sweep/plan.js";
import { flatten, tidyRows } from "../../../src/lab/sweep/rows.js";
import { madeUp } from "./made-up.js";

test("a result that nobody described is flattened", () => {
  expect(flatten({ a: { b: 1, c: { d: "x" } }, e: [1, 2], f: null })).toEqual([
    { "a.b": 1, "a.c.d": "x", f: null },
  ]);
  expect(flatten({ reward: "R1", points: [{ x: 1 }, { x: 2, y: { z: true } }] })).toEqual([
    { reward: "R1", point: 0, x: 1 },
    { reward: "R1", point: 1, x: 2, "y.z": true },
  ]);
  expect(flatten({ p: [{ x: 1 }], q: [{ x: 2 }] })).toEqual([
    { list: "p", point: 0, x: 1 },
    { list: "q", point: 0, x: 2 },
  ]);
  expect(flatten([{ x: 1 }])).toEqual([{ point: 0, x: 1 }]);
  expect(flatten(3)).toEqual([{ value: 3 }]);
});

test("the config's fields stand beside the measures, and hide none of them", () => {
  const config = { seed: 1, width: 2 };
  const opened = madeUp().open(config);
  const finished = { experiment: "made-up", config, job: "a", seconds: 3 };
  const result = { width: 7, value: Number.NaN };
  expect(tidyRows({ ...finished, result }, opened)).toEqual([
    {
      experiment: "made-up",
      job: "a",
      seed: 1,
      width: 2,
      seconds: 3,
      "result.width": 7,
      value: null,
    },
  ]);
});

test("exact-1d: one row for each α, and a job of the second stage by its id", async () => {
  const { presets, open } = experimentOf("exact-1d");
  const config = { ...(presets.quick as Config), levels: 3, iterations: 2, seed: 4 };
  const opened = open(config);
  const id = "2 R4 PH x₀ w=σ²";
  const job = opened.job(id, new Map());
  const result = (await job?.run({
    bench: openBench({ note: () => {} }),
    tick: async () => {},
  })) as { points: Json[] };
  const rows = tidyRows({ experiment: "exact-1d", config, job: id, seconds: 1, result }, opened);
  expect(rows).toHaveLength(result.points.length);
  expect(rows[1]).toMatchObject({
    seed: 4,
    levels: 3,
    instance: 2,
    rewardName: "R4",
    arm: "PH x₀ w=σ²",
    family: "PH x₀",
    weighting: "σ²",
    point: 1,
    alpha: 0.05,
  });
  expect(rows.every((row) => typeof row.effectiveModes === "number")).toBe(true);
  for (const unknown of ["3 R4 PH x₀ w=σ²", "0 R9 IKL w=1", "0 R1 nothing"]) {
    expect(opened.job(unknown, new Map()), unknown).toBeUndefined();
  }
});

test("curves: a section for each setting, a line for each seed, one entry in the legend", () => {
  const row = (seed: number, width: number, value: number) => ({ job: "a", seed, width, value });
  const rows = [row(1, 1, 2), row(1, 2, 3), row(2, 1, 4), row(2, 2, 5)];
  const base = { seed: 1, width: 1 };
  const plan = { experiment: "made-up", base, set: { width: [1, 2], seed: [1, 2] }, match: [] };
  const across = curvesOf({ plan, rows, view: { x: "width", y: ["value"], by: "job" } });
  expect(across).toHaveLength(1);
  const svg = across[0]?.figures?.[0]?.svg ?? "";
  expect(svg.match(/<polyline/g)).toHaveLength(2);
  expect(svg.match(/>a<\/text>/g)).toHaveLength(1);
  const within = curvesOf({ plan, rows, view: { x: "value", y: ["value"], by: "job" } });
  expect(within.map(({ title }) => title)).toEqual(["width=1", "width=2"]);
  // A guess for those that say nothing: the varied field is the axis.
  expect(curvesOf({ plan, rows, view: undefined })).toEqual(across);
});
