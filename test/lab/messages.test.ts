/** Messages of the laboratory that a run meets only when something went wrong. */
import { expect, test } from "vitest";
import { finiteNorm } from "../../src/lab/emoji-32/align.js";
import { referenceOf } from "../../src/lab/emoji-32/plan.js";
import { QUICK, rewardsOf } from "../../src/lab/toy-2d/config.js";

test("toy-2d: rewards by name, or all", () => {
  expect(rewardsOf({ ...QUICK, rewards: "R2, R1,R2" })).toEqual(["R2", "R1"]);
  expect(() => rewardsOf({ ...QUICK, rewards: "R9" })).toThrowErrorMatchingInlineSnapshot(
    `[UsageError: There is no reward "R9". Known: R1, R2, R3, R4, R5; or all of them: all.]`,
  );
});

test("emoji-32: a gradient that is no number ends the arm, and says what to change", () => {
  expect(finiteNorm(0.5, 3)).toBe(0.5);
  expect(() => finiteNorm(Number.NaN, 3)).toThrowErrorMatchingInlineSnapshot(
    `[HitofudeError: emoji-32: the gradient became NaN in step 3. Give a lower --lr, or smaller --strengths, in another folder.]`,
  );
});

test("emoji-32: an arm without its start says which job is missing", () => {
  expect(() => referenceOf(new Map(), 1)).toThrowErrorMatchingInlineSnapshot(
    `[HitofudeError: emoji-32: the job 1 start must be done first. Run it, and give its result along.]`,
  );
});
