/** Sides and verdict from results that are made up so that the outcome is known. */
import { expect, test } from "vitest";
import type { Trained } from "../../../src/lab/emoji-32/align.js";
import { armsOf, strengthsOf } from "../../../src/lab/emoji-32/arms.js";
import { judge } from "../../../src/lab/emoji-32/claim.js";
import { alongTraining, chooseSides, lengthsOf } from "../../../src/lab/emoji-32/compare.js";
import { type Emoji32Config, FULL, QUICK } from "../../../src/lab/emoji-32/config.js";
import { PROXY_NAMES } from "../../../src/lab/emoji-32/pairs.js";
import { trialId } from "../../../src/lab/emoji-32/results.js";
import type { Json } from "../../../src/lab/json.js";

const config: Emoji32Config = {
  ...QUICK,
  arms: "pseudo-huber:x0,pseudo-huber:sid,kl:x0",
  strengths: "1,2",
  seeds: 3,
  steps: 4,
  checkpoints: 2,
};

/** Diversity that an arm keeps at a given reward; all arms reach all levels after 4 steps. */
type Kept = (arm: string, reward: number, seed: number) => number;

function made(kept: Kept, reach = (_arm: string): number => 1.2): Map<string, Json> {
  const results = new Map<string, Json>();
  results.set("0 start", { step: 0, measures: { vendi: 2, recall: 1, quality: 1 } });
  const trained = (arm: string, strength: number, seed: number): Trained => ({
    alpha_rew: strength,
    force: 1,
    points: [2, 4].map((step) => {
      // Twice the steps or twice the strength: twice the reward.
      const reward = (reach(arm) * strength * step) / 8;
      const vendi = kept(arm, reward, seed);
      const both = { learned: reward, saturated: reward };
      return { step, measures: { ...both, vendi, recall: vendi / 2, quality: 0.9 } };
    }),
  });
  for (const arm of armsOf(config)) {
    for (let seed = 0; seed <= config.seeds; seed++) {
      const put = (trial: Parameters<typeof trialId>[0]): void => {
        const value = trained(arm.id, trial.strength, seed);
        results.set(trialId(trial), JSON.parse(JSON.stringify(value)) as Json);
      };
      put({ seed, arm, strength: 0 });
      for (const proxy of PROXY_NAMES) {
        for (const strength of strengthsOf(config)) put({ seed, arm, proxy, strength });
      }
    }
  }
  return results;
}

const falling: Kept = (arm, reward, seed) =>
  2 - reward * (arm === "pseudo-huber:sid" ? 0.2 : arm === "kl:x0" ? 0.4 : 0.8) + 0.01 * seed;

test("each side takes the weighting that keeps most, by the first seed", () => {
  const sides = chooseSides(config, made(falling));
  expect(sides?.challenger.id).toBe("pseudo-huber:sid");
  expect(sides?.defender.id).toBe("kl:x0");
  const unfinished = made(falling);
  unfinished.delete("0 kl:x0 learned ×2");
  expect(chooseSides(config, unfinished)).toBeUndefined();
});

test("verified where more is kept at equal reward, refuted where less", () => {
  const verdict = (kept: Kept): string => {
    const results = made(kept);
    const sides = chooseSides(config, results);
    return sides ? judge(config, results, sides).verdict : "none";
  };
  expect(verdict(falling)).toBe("verified");
  expect(verdict((arm, reward) => 2 - reward * (arm === "kl:x0" ? 0.1 : 0.5))).toBe("refuted");
  expect(verdict((_, reward) => 2 - reward)).toBe("not shown");
});

test("a faster arm wins nothing by being faster: reward is equal, not the strength", () => {
  const results = made(
    (_, reward) => 2 - reward,
    (arm) => (arm === "kl:x0" ? 1.2 : 2.4),
  );
  const sides = chooseSides(config, results);
  const claim = sides && judge(config, results, sides);
  expect(claim?.verdict).toBe("not shown");
  const differences = claim?.rewards.flatMap(({ levels }) =>
    levels.map(({ effectiveModes }) => Math.abs(effectiveModes?.mean ?? 1)),
  );
  expect(Math.max(...(differences ?? [1]))).toBeLessThan(1e-12);
});

test("at half the length half of the levels are out of reach", () => {
  const results = made(falling);
  const sides = chooseSides(config, results);
  const [first] = sides ? judge(config, results, sides, 2).rewards : [];
  expect(first?.levels.map(({ outcome }) => outcome === "not reached")).toEqual([
    false,
    false,
    false,
    true,
    true,
  ]);
});

test("checkpoints end with the last step; training starts at the start generator", () => {
  expect(lengthsOf(config)).toEqual([2, 4]);
  expect(lengthsOf({ ...FULL, steps: 10, checkpoints: 3 }).at(-1)).toBe(10);
  const [arm] = armsOf(config);
  if (!arm) throw new Error("no arm");
  const trial = { seed: 0, arm, proxy: "learned" as const, strength: 2 };
  const curve = alongTraining(made(falling), trial, "learned");
  expect(curve.map(({ step }) => step)).toEqual([0, 2, 4]);
});

test("arms are registered names; what is wrong is said", () => {
  const arms = (text: string) => () => armsOf({ ...config, arms: text });
  expect(arms("pseudo-huber,kl:sid")().map(({ id }) => id)).toEqual(["pseudo-huber:x0", "kl:sid"]);
  expect(arms("kl:x0")).toThrowErrorMatchingInlineSnapshot(
    `[UsageError: No arm has the divergence pseudo-huber. Give --arms one, such as pseudo-huber:x0, or another side.]`,
  );
  expect(arms("hubert:x0")).toThrowErrorMatchingInlineSnapshot(
    `[UsageError: There is no divergence hubert. Known: pseudo-huber, l2, power, fisher, sid, kl, clean-kl, dmd, f-distill, detached-l2.]`,
  );
  expect(arms("kl:x0:2")).toThrowErrorMatchingInlineSnapshot(
    `[UsageError: The arm kl:x0:2 is no divergence:weighting. Give one such as kl:x0.]`,
  );
  expect(arms("f-distill:x0")).toThrowErrorMatchingInlineSnapshot(
    `[UsageError: The arm f-distill:x0 needs a density ratio, which these models have not. Leave it out.]`,
  );
  expect(() => strengthsOf({ ...config, strengths: "1,none" })).toThrowErrorMatchingInlineSnapshot(
    `[UsageError: --strengths 1,none is no list of numbers above 0. Give one like 1,4.]`,
  );
  expect(strengthsOf({ ...config, strengths: "4, 1,4" })).toEqual([1, 4]);
});
