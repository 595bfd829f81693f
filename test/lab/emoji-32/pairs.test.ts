/** Simulated raters, and a proxy that learns from them. */
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  COLOURS,
  MAX_TOKENS,
  renderScene,
  SCENE_LENGTH,
  type Scene,
} from "../../../src/data/index.js";
import { colourFigures } from "../../../src/evaluation/index.js";
import { EACH, labelPairs, type Pool } from "../../../src/lab/emoji-32/pairs.js";
import { rawRewards } from "../../../src/lab/emoji-32/proxy.js";
import { learn, newNetwork } from "../../../src/lab/emoji-32/proxy-job.js";
import type { Bench } from "../../../src/lab/experiment.js";
import { Key } from "../../../src/tensor/key.js";
import { tinyBench } from "./tiny.js";

let bench: Bench & { readonly close: () => void };
beforeAll(async () => {
  bench = await tinyBench();
});
afterAll(() => bench.close());

const pool = (gold: readonly number[], saturation = gold.map(() => 0)): Pool => ({
  images: new Float32Array(),
  tokens: new Uint32Array(),
  gold,
  saturation,
});

test("all pairs of a caption, none across captions", () => {
  const pairs = labelPairs(pool([1, 2, 3, 4, 5, 6, 7, 8]), "learned", Key.from(1));
  expect(pairs).toHaveLength(12);
  expect(pairs.every(({ a, b }) => Math.floor(a / EACH) === Math.floor(b / EACH))).toBe(true);
});

test("labels follow the Bradley-Terry law at its temperature", () => {
  // u differs by 0.05 ln 3 in four of six pairs: preferred with probability 3/4.
  const gap = 0.05 * Math.log(3);
  const gold = Array.from({ length: 4000 }, (_, i) => (i % EACH < 2 ? gap : 0));
  const pairs = labelPairs(pool(gold), "learned", Key.from(2)).filter(({ truth }) => truth);
  expect(pairs).toHaveLength(4000);
  const share = pairs.filter(({ label }) => label).length / pairs.length;
  expect(Math.abs(share - 0.75)).toBeLessThan(3 * Math.sqrt((0.75 * 0.25) / 4000));
});

test("the second rater prefers saturation to a little utility, the first does not", () => {
  const gold = Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? 0.55 : 0.5));
  const saturation = Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? 0 : 1));
  const share = (proxy: "learned" | "saturated"): number => {
    const all = labelPairs(pool(gold, saturation), proxy, Key.from(3));
    const pairs = all.filter(({ truth }) => truth);
    return pairs.filter(({ label }) => label).length / pairs.length;
  };
  expect(share("learned")).toBeGreaterThan(0.6);
  expect(share("saturated")).toBeLessThan(0.05);
});

test("a proxy learns what raters like: captions that it has not seen, above chance", async () => {
  const device = await bench.device();
  const atlas = await bench.atlas();
  using _scope = device.scope();
  const fit = await bench.reward();
  // 32 captions; of one caption's four pictures some are greyer.
  const scenes = Array.from({ length: 128 }, (_, i): Scene => {
    const background = COLOURS[Math.floor(i / EACH) % COLOURS.length] ?? "red";
    return {
      subject: "panda",
      style: "bold",
      styleNamed: false,
      background,
      place: "centre",
      count: 1,
      seed: i,
    };
  });
  const images = new Float32Array(scenes.length * SCENE_LENGTH);
  for (const [i, scene] of scenes.entries()) {
    const grey = Key.from(5).uniform(i);
    images.set(greyed(renderScene(scene, atlas), grey), i * SCENE_LENGTH);
  }
  const tokens = new Uint32Array(scenes.length * MAX_TOKENS).fill(2);
  const gold = scenes.map(
    (_, i) => colourFigures(images.subarray(i * SCENE_LENGTH, (i + 1) * SCENE_LENGTH)).saturation,
  );
  const liked = { images, tokens, gold, saturation: gold };
  const pairs = labelPairs(liked, "learned", Key.from(6));
  const split = pairs.length - 60;
  const network = newNetwork(device, Key.from(7));
  const fits = new Float32Array(scenes.length);
  const tick = () => Promise.resolve();
  const options = { device, steps: 60, batch: 8, key: Key.from(8), tick };
  await learn(network, { pool: liked, fits, pairs: pairs.slice(0, split) }, options);
  const scores = await rawRewards(device, { network, fit }, images, tokens);
  const right = pairs
    .slice(split)
    .filter(({ a, b, truth }) => (scores[a] ?? 0) > (scores[b] ?? 0) === truth).length;
  // 60 coins show 43 or more heads in less than one of a thousand throws.
  expect(right).toBeGreaterThan(43);
}, 120_000);

function greyed(picture: Float32Array, share: number): Float32Array {
  const plane = SCENE_LENGTH / 3;
  return picture.map((v, i) => {
    const at = i % plane;
    const sum = [0, 1, 2].reduce((s, c) => s + (picture[c * plane + at] ?? 0), 0);
    return v + share * (sum / 3 - v);
  });
}
