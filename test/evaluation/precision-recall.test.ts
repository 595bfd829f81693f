/** Sets whose precision, recall, density and coverage are known by construction. */
import { expect, test } from "vitest";
import { precisionRecall } from "../../src/evaluation/index.js";

/** Points on a line, one apart. */
const line = (from: number, n: number): number[][] =>
  Array.from({ length: n }, (_, i) => [from + i, 0]);

test("a set against itself: everything is held and reached", () => {
  const set = line(0, 12);
  expect(precisionRecall(set, set)).toMatchObject({ precision: 1, recall: 1, coverage: 1 });
});

test("disjoint sets hold nothing of each other", () => {
  const found = precisionRecall(line(0, 12), line(1000, 12));
  expect(found).toEqual({ precision: 0, recall: 0, density: 0, coverage: 0 });
});

test("samples in half of the reference are precise, and recall about half", () => {
  const found = precisionRecall(line(0, 40), line(0, 20));
  expect(found.precision).toBe(1);
  // 20 references are samples; k = 3 lets the last sample reach three further.
  expect(found.recall).toBe(23 / 40);
  expect(found.coverage).toBeLessThan(0.6);
});

test("a collapsed set recalls nothing but what it sits on", () => {
  const collapsed = Array.from({ length: 12 }, () => [5, 0]);
  const found = precisionRecall(line(0, 12), collapsed);
  expect(found.precision).toBe(1);
  expect(found.recall).toBe(1 / 12);
});

test("density counts balls: k neighbours hold a sample k times, and itself", () => {
  // On an endless line with k = 2 each ball reaches one to each side: 3 balls hold each point.
  const found = precisionRecall(line(0, 101), line(20, 61), 2);
  expect(found.density).toBe(3 / 2);
});

test("a set needs more than k members", () => {
  expect(() => precisionRecall(line(0, 3), line(0, 9))).toThrowErrorMatchingInlineSnapshot(
    `[UsageError: precisionRecall: 3 features have no 3 neighbours each. Give more, or less k.]`,
  );
});
