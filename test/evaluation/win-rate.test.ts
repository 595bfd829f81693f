import { expect, test } from "vitest";
import { winRate } from "../../src/evaluation/index.js";

test("wins, ties and losses", () => {
  expect(winRate([1, 2, 3, 4], [0, 2, 4, 0]).rate).toBe((1 + 0.5 + 0 + 1) / 4);
});

test("Wilson's interval: published numbers", () => {
  // 15 of 20: 0.531 … 0.888; 0 of 10: 0 … 0.278.
  const a = winRate(
    Array.from({ length: 20 }, (_, i) => (i < 15 ? 1 : -1)),
    Array(20).fill(0),
  );
  expect(a.low).toBeCloseTo(0.5313, 4);
  expect(a.high).toBeCloseTo(0.8881, 4);
  const none = winRate(Array(10).fill(-1), Array(10).fill(0));
  expect(none.low).toBeCloseTo(0, 12);
  expect(none.high).toBeCloseTo(0.2775, 4);
});

test("one score of each side for every pair", () => {
  expect(() => winRate([1], [])).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: winRate: 1 scores against 0. Give one of each side for every pair.]`,
  );
});
