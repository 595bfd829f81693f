/** Settings of a sweep: every value with every other, one text for each. */
import { expect, test } from "vitest";
import { countSettings, keyOf, type SweepPlan, settingsOf } from "../../../src/lab/sweep/plan.js";

const plan: SweepPlan = {
  experiment: "made-up",
  base: { seed: 9, width: 1, names: ["a"], kind: "x" },
  set: { seed: [1, 2], width: [3, 4], kind: ["x"] },
  match: [],
};

test("every value is combined with every other, seeds slowest", () => {
  const settings = settingsOf(plan);
  expect(settings.map(({ config }) => [config.seed, config.width])).toEqual([
    [1, 3],
    [1, 4],
    [2, 3],
    [2, 4],
  ]);
  expect(settings[0]?.config).toEqual({ seed: 1, width: 3, names: ["a"], kind: "x" });
  // A field with one value tells nothing apart.
  expect(settings.map(({ label }) => label)).toEqual(["width=3", "width=4", "width=3", "width=4"]);
  expect(countSettings(plan)).toBe(4);
});

test("without anything to vary there is one setting; equal ones are one", () => {
  expect(settingsOf({ ...plan, set: {} })).toEqual([{ config: plan.base, label: "" }]);
  expect(settingsOf({ ...plan, set: { width: [1, 1] } })).toHaveLength(1);
});

test("a config's text does not depend on the order of its fields", () => {
  const text = keyOf("made-up", { width: 1, names: ["a", "b"], on: true });
  expect(text).toBe("made-up/names=a+b,on=true,width=1");
  expect(keyOf("made-up", { on: true, names: ["a", "b"], width: 1 })).toBe(text);
});
