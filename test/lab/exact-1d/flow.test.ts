/** Miniatures whose outcome is known: the oracle, mode blindness, the problem, the learned reward. */
import { describe, expect, test } from "vitest";
import { ALL, levelWeights } from "../../../src/lab/exact-1d/arms.js";
import { Divergence, kl, sid } from "../../../src/lab/exact-1d/divergence.js";
import { settle, softmax } from "../../../src/lab/exact-1d/flow.js";
import { hiddenUtility } from "../../../src/lab/exact-1d/learned-reward.js";
import { makeProblem } from "../../../src/lab/exact-1d/problem.js";
import { REWARD_NAMES, REWARDS } from "../../../src/lab/exact-1d/rewards.js";
import { measure, sweep } from "../../../src/lab/exact-1d/sweep.js";
import { atReward } from "../../../src/lab/statistics/index.js";
import { Key } from "../../../src/tensor/key.js";

const key = Key.from(5);
const problem = makeProblem(0, 8, key);
const { line, masses: q } = problem;
const start = q.map((mass) => Math.log(mass));

test("the published problem: entropy 2.007, four modes, 0.003 off the manifold", () => {
  const found = measure(problem, q, q);
  expect(found.entropy).toBeCloseTo(2.007, 3);
  expect(found.effectiveModes).toBeCloseTo(4, 6);
  expect(found.offManifold).toBeCloseTo(0.0027, 3);
  expect(found).toMatchObject({ coverage: 1, kl: 0 });
  expect(found.recall).toBeCloseTo(1, 12);
});

test("instances are decided by key and number, and differ", () => {
  const [a, again, b] = [1, 1, 2].map((instance) => makeProblem(instance, 3, key).masses);
  expect(again).toEqual(a);
  expect(b).not.toEqual(a);
  expect(makeProblem(0, 3, Key.from(9)).masses).toEqual(q);
});

describe("the oracle: p ∝ q e^{αr}", () => {
  const alpha = 1.5;
  const reward = REWARDS.R1.at(problem, key);
  const optimum = softmax(start.map((value, i) => value + alpha * reward[i]!));
  const distance = (p: Float64Array): number =>
    p.reduce((sum, mass, i) => sum + Math.abs(mass - optimum[i]!) / 2, 0);
  const [low, high, count] = [0.1, 60, 32];
  const sigmas = Array.from({ length: count }, (_, k) => low * (high / low) ** (k / (count - 1)));
  const spacing = Math.log(high / low) / (count - 1);
  const weights = sigmas.map((s, k) => s * s * spacing * (k === 0 || k === count - 1 ? 0.5 : 1));
  const options = { alpha, iterations: 150 };

  test("full Fisher with the weight of de Bruijn's identity goes there", () => {
    expect(distance(q)).toBeGreaterThan(0.3);
    const fisher = new Divergence({ line, masses: q, sigmas }, { distance: sid(0.5), weights });
    const settled = settle(fisher, reward, start, options);
    expect(distance(settled.masses)).toBeLessThan(0.01);
  });

  test("so does KL at the lowest noise", () => {
    const first = { line, masses: q, sigmas: [low] };
    const exact = new Divergence(first, { distance: kl, weights: [1] });
    const settled = settle(exact, reward, start, options);
    expect(distance(settled.masses)).toBeLessThan(0.005);
    expect(settled.residual).toBeLessThan(0.05);
  });
});

test("with w = 1 in score space a spike takes all modes, with w = σ² it does not", async () => {
  const modes = async (id: string): Promise<number> => {
    const arm = ALL.table.find((one) => one.id === id)!;
    const weights = levelWeights(arm, problem);
    const divergence = new Divergence(problem, { distance: arm.distance, weights });
    const reward = REWARDS.R3.at(problem, key);
    let last = -1;
    const tick = async (part: number): Promise<void> => {
      expect(part).toBeGreaterThan(last);
      expect(part).toBeLessThan(1);
      last = part;
    };
    const options = { iterations: 30, levels: [0.3], tick };
    const { points, densities } = await sweep(problem, { divergence, reward }, options);
    expect(Object.keys(densities)).toEqual(["0.3"]);
    expect(points[0]).toMatchObject({ alpha: 0, kl: 0 });
    return atReward(points, 0.3)?.values.effectiveModes ?? 0;
  };
  expect(await modes("SIM-L2 w=1")).toBeLessThan(1.7);
  expect(await modes("SIM-L2 w=σ²")).toBeGreaterThan(3);
});

test("a sweep ends when its tick throws", async () => {
  const divergence = new Divergence(problem, { distance: kl, weights: [1] });
  const tick = () => Promise.reject(new Error("stop"));
  const options = { iterations: 1, levels: [0.5], tick };
  await expect(sweep(problem, { divergence, reward: start }, options)).rejects.toThrow("stop");
});

test("the learned reward follows the hidden utility, and is standardised", () => {
  const learned = REWARDS.R5.at(problem, key);
  expect(REWARDS.R5.at(problem, key)).toEqual(learned);
  const hidden = problem.points.map(hiddenUtility);
  const mean = (f: (i: number) => number): number => q.reduce((sum, m, i) => sum + m * f(i), 0);
  const centre = mean((i) => hidden[i]!);
  const variance = mean((i) => (hidden[i]! - centre) ** 2);
  const correlation = mean((i) => (hidden[i]! - centre) * learned[i]!) / Math.sqrt(variance);
  expect(mean((i) => learned[i]!)).toBeCloseTo(0, 9);
  expect(mean((i) => learned[i]! ** 2)).toBeCloseTo(1, 9);
  expect(correlation).toBeGreaterThan(0.9);
});

test("every reward's levels lie above what the reference has, on several instances", () => {
  for (const instance of [0, 1, 2]) {
    const one = makeProblem(instance, 2, Key.from(1).fold(0));
    for (const name of REWARD_NAMES) {
      const reward = REWARDS[name].at(one, key.fold(instance));
      const mean = one.masses.reduce((sum, m, i) => sum + m * reward[i]!, 0);
      expect(Math.min(...REWARDS[name].levels), `${name} ${instance}`).toBeGreaterThan(mean);
    }
  }
});
