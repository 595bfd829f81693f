import { beforeAll, describe, expect, test } from "vitest";
import {
  type Atlas,
  isHeldOut,
  parseCaption,
  renderScene,
  SCENE_LENGTH,
  type Scene,
} from "../../src/data/index.js";
import {
  checkerAccuracy,
  colourStatistics,
  type EvaluationRow,
  evaluateSet,
  evaluationScenes,
  type Prediction,
  predictionsOf,
  renderResults,
  reportAccuracy,
  rewardsOf,
} from "../../src/evaluation/index.js";
import { loadAtlases } from "../../src/io/node-atlas.js";
import {
  ReportScorer,
  reportConfig,
  rewardConfig,
  TextImageScorer,
} from "../../src/models/reward/index.js";
import { initParams } from "../../src/nn/index.js";
import { Key } from "../../src/tensor/key.js";
import { testDevice } from "../device.js";
import { stack } from "./constructed.js";

let atlas: Atlas;
beforeAll(async () => {
  atlas = await loadAtlases();
});

const truth = (scenes: readonly Scene[]): Prediction[] =>
  scenes.map(({ subject, background, style }) => ({ subject, background, style }));

/** The pictures of a perfect model. */
const perfect = (scenes: readonly Scene[]): Float32Array =>
  stack(...scenes.map((scene, i) => renderScene({ ...scene, seed: i }, atlas)));

describe("evaluationScenes", () => {
  test.each(["seen", "held-out"] as const)("%s: prompts × samples, by split", (split) => {
    const plan = evaluationScenes(split, 12, 3, 5);
    expect(plan.scenes).toHaveLength(36);
    expect(new Set(plan.captions).size).toBe(12);
    for (const [i, scene] of plan.scenes.entries()) {
      expect(isHeldOut(scene)).toBe(split === "held-out");
      expect(plan.captions[i]).toBe(plan.captions[3 * Math.floor(i / 3)]);
      expect(parseCaption(plan.captions[i] ?? "").background).toBe(scene.background);
    }
    expect(evaluationScenes(split, 12, 3, 5)).toEqual(plan);
    expect(evaluationScenes(split, 12, 3, 6).captions).not.toEqual(plan.captions);
  });

  test("more prompts than there are captions is refused", () => {
    const call = () => evaluationScenes("held-out", 1000, 1, 5);
    expect(call).toThrowErrorMatchingInlineSnapshot(
      `[UsageError: evaluationScenes: 1000 different "held-out" prompts were asked for, 893 were found. Ask for fewer prompts and more samples of each.]`,
    );
  });
});

describe("accuracy", () => {
  test("a perfect model is right, and one that answers another prompt is not", () => {
    const { scenes } = evaluationScenes("seen", 40, 1, 9);
    const images = perfect(scenes);
    const right = checkerAccuracy(images, scenes, atlas);
    expect(right.background).toBe(1);
    expect(right.place).toBeGreaterThan(0.95);
    expect(right.count).toBeGreaterThan(0.95);
    expect(right.subject).toBeGreaterThan(0.95);
    expect(right.all).toBeLessThanOrEqual(Math.min(right.place, right.count, right.subject));
    const shifted = [...scenes.slice(1), ...scenes.slice(0, 1)];
    const wrong = checkerAccuracy(images, shifted, atlas);
    const share = (same: (a: Scene, b: Scene) => boolean): number =>
      scenes.filter((s, i) => same(s, shifted[i] as Scene)).length / scenes.length;
    expect(wrong.background).toBe(share((a, b) => a.background === b.background));
    expect(wrong.subject).toBeLessThan(0.3);
  });

  test("the report's shares are counted, styles only where named", () => {
    const [scene] = evaluationScenes("seen", 1, 1, 3).scenes as [Scene];
    const named = { ...scene, style: "flat", styleNamed: true } as const;
    const unnamed = { ...scene, style: "flat", styleNamed: false } as const;
    const [right] = truth([named]) as [Prediction];
    const wrong = { ...right, style: "bold" } as const;
    expect(reportAccuracy([right, wrong, wrong, right], [named, named, unnamed, unnamed])).toEqual({
      background: 1,
      subject: 1,
      style: 0.5,
    });
    expect(reportAccuracy([wrong], [unnamed]).style).toBeNaN();
  });
});

describe("results", () => {
  test("a perfect model against itself: full marks, no drift; the table says so", () => {
    const [seen, heldOut] = (["seen", "held-out"] as const).map((split) => {
      const plan = evaluationScenes(split, 6, 2, 2);
      const images = perfect(plan.scenes);
      const set = {
        plan,
        images,
        predictions: truth(plan.scenes),
        rewards: plan.scenes.map(() => 0.5),
      };
      return evaluateSet(set, { atlas, reference: colourStatistics(images) });
    });
    const row = { model: "perfect", evaluations: 1, secondsPerPicture: 0.0123 };
    const text = renderResults([{ ...row, seen, heldOut } as EvaluationRow]);
    expect(seen?.checkers.background).toBe(1);
    expect(seen?.drift).toEqual({ saturation: 0, colourfulness: 0, clipped: 0 });
    expect(text.match(/^\| perfect \| 1 \| seen \| 12 \| 100.0 \|/gm)).toHaveLength(1);
    expect(text.match(/^\| perfect \| 1 \| held-out \| 12 \|/gm)).toHaveLength(2);
    expect(text).toContain("12 ms");
    const widths = text
      .split("\n")
      .filter((line) => line.startsWith("|"))
      .map((line) => line.split("|").length);
    expect(new Set(widths.slice(0, 4)).size).toBe(1);
    expect(new Set(widths.slice(4)).size).toBe(1);
  });
});

describe("scoring", () => {
  const device = testDevice();

  test("answers do not depend on how many pictures run at once", async () => {
    const { scenes, tokens } = evaluationScenes("seen", 66, 1, 4);
    const images = perfect(scenes);
    using _scope = device().scope();
    const small = { channels: [8, 8, 8] as const };
    const text = { ...rewardConfig(100, 12).text, hidden_size: 8, intermediate_size: 8 };
    const reward = new TextImageScorer(initParams(device(), Key.from(1)), {
      ...rewardConfig(100, 12),
      ...small,
      text,
    });
    const classes = { subjects: 24, backgrounds: 10, styles: 3 };
    const report = new ReportScorer(initParams(device(), Key.from(2)), {
      ...reportConfig(classes),
      ...small,
    });
    const rewards = await rewardsOf(device(), reward, images, tokens);
    const predictions = await predictionsOf(device(), report, images);
    expect(rewards).toHaveLength(66);
    expect(predictions).toHaveLength(66);
    const last = images.slice(65 * SCENE_LENGTH);
    const [alone] = await rewardsOf(device(), reward, last, tokens.slice(65 * 12));
    expect(rewards[65]).toBeCloseTo(alone ?? Number.NaN, 5);
    expect(predictions[65]).toEqual((await predictionsOf(device(), report, last))[0]);
  });
});
