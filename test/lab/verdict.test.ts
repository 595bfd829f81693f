/** The rule, on evidence made for each of its outcomes. */
import { expect, test } from "vitest";
import {
  judgeClaim,
  judgeReward,
  type LevelDifferences,
  type RewardDifferences,
} from "../../src/lab/verdict.js";
import { Key } from "../../src/tensor/key.js";

const options = { key: Key.from(3), resamples: 1000 };
const SEEDS = 10;
/** Ten differences around `mean`, one part of them of the other sign where the spread is large. */
const around = (mean: number, spread = 0.02): number[] =>
  Array.from({ length: SEEDS }, (_, i) => mean + spread * Math.sin(2.4 * i + 1));

interface Shape {
  readonly modes: number;
  readonly recall?: number;
  readonly quality?: number;
  readonly spread?: number;
}

const level = (
  at: number,
  { modes, recall = modes, quality = 0, spread }: Shape,
): LevelDifferences => ({
  level: at,
  effectiveModes: around(modes, spread),
  recall: around(recall, spread),
  quality: around(quality, 0),
});
const missing = (at: number): LevelDifferences => ({
  level: at,
  effectiveModes: [],
  recall: [],
  quality: [],
});
/** Five levels, of which the first ones have the first shape. */
const reward = (count: number, shape: Shape, others: Shape = { modes: 0 }): RewardDifferences => ({
  reward: "r",
  levels: [1, 2, 3, 4, 5].map((at) => level(at, at <= count ? shape : others)),
});
const outcomes = (one: RewardDifferences): string[] =>
  judgeReward(one, options).levels.map(({ outcome }) => outcome);

test("three of five levels verify a reward, two do not", () => {
  expect(judgeReward(reward(3, { modes: 0.2 }), options).verdict).toBe("verified");
  expect(outcomes(reward(3, { modes: 0.2 }))).toEqual(["won", "won", "won", "open", "open"]);
  expect(judgeReward(reward(2, { modes: 0.2 }), options).verdict).toBe("not shown");
});

test("three of five levels the other way refute a reward", () => {
  expect(judgeReward(reward(3, { modes: -0.2 }), options).verdict).toBe("refuted");
  expect(judgeReward(reward(2, { modes: -0.2 }), options).verdict).toBe("not shown");
});

test("wins and losses that both stay below three show nothing", () => {
  const mixed = reward(2, { modes: 0.2 }, { modes: 0 });
  const levels = [
    ...mixed.levels.slice(0, 3),
    level(4, { modes: -0.2 }),
    level(5, { modes: -0.2 }),
  ];
  expect(judgeReward({ reward: "r", levels }, options).verdict).toBe("not shown");
});

test("an interval that holds 0 shows nothing, however large the mean", () => {
  const wide = reward(5, { modes: 0.2, spread: 3 });
  expect(outcomes(wide)).toEqual(Array(5).fill("open"));
});

test("n_eff alone is not enough: recall must be higher too", () => {
  expect(outcomes(reward(5, { modes: 0.2, recall: 0 }))).toEqual(Array(5).fill("open"));
  expect(outcomes(reward(5, { modes: 0.2, recall: -0.2 }))).toEqual(Array(5).fill("open"));
});

test("diversity that costs more than two points of high quality does not win", () => {
  expect(outcomes(reward(5, { modes: 0.2, quality: -0.021 }))).toEqual(Array(5).fill("open"));
  expect(outcomes(reward(5, { modes: 0.2, quality: -0.019 }))).toEqual(Array(5).fill("won"));
  expect(outcomes(reward(5, { modes: -0.2, quality: 0.5 }))).toEqual(Array(5).fill("lost"));
});

test("a level that is not reached, or has one seed, does not count", () => {
  const levels = [1, 2, 3].map(missing).concat(level(4, { modes: 1 }), level(5, { modes: 1 }));
  const judged = judgeReward({ reward: "r", levels }, options);
  expect(judged.verdict).toBe("not shown");
  expect(judged.levels[0]).toEqual({ level: 1, outcome: "not reached" });
  const one = { level: 1, effectiveModes: [1], recall: [1], quality: [0] };
  expect(outcomes({ reward: "r", levels: [one] })).toEqual(["not reached"]);
});

test("Holm's correction is over the reward's comparisons", () => {
  // Eight of ten seeds above 0: significant alone, not beside nine others.
  const borderline = [1, 1, 1, 1, 1, 1, 1, 1, -0.7, -0.7].map((d) => d / 10);
  const at = (n: number): LevelDifferences => ({
    level: n,
    effectiveModes: borderline,
    recall: borderline,
    quality: around(0, 0),
  });
  const alone = judgeReward({ reward: "r", levels: [at(1)] }, options).levels[0];
  const many = judgeReward({ reward: "r", levels: [1, 2, 3, 4, 5].map(at) }, options).levels[0];
  expect(alone?.effectiveModes?.low).toBeGreaterThan(0);
  expect(alone?.outcome).toBe("won");
  expect(many?.effectiveModes).toEqual(alone?.effectiveModes);
  expect(many?.outcome).toBe("open");
});

test("the claim follows from three of five rewards", () => {
  const won = reward(5, { modes: 0.2 });
  const lost = reward(5, { modes: -0.2 });
  const open = reward(0, { modes: 0 });
  const verdict = (...all: RewardDifferences[]): string => judgeClaim(all, options).verdict;
  expect(verdict(won, won, won, open, lost)).toBe("verified");
  expect(verdict(lost, lost, open, lost, won)).toBe("refuted");
  expect(verdict(won, won, open, lost, lost)).toBe("not shown");
});
