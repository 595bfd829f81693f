/** The references: exact fields, the bound, rewards, particles, measures. */
import { expect, test } from "vitest";
import { grad } from "../../../src/autograd/grad.js";
import { ReferenceDevice } from "../../../src/device/reference.js";
import { boundCurve, tilted } from "../../../src/lab/toy-2d/bound.js";
import { FULL } from "../../../src/lab/toy-2d/config.js";
import { hiddenUtility } from "../../../src/lab/toy-2d/learned-reward.js";
import { Grid, measure } from "../../../src/lab/toy-2d/measures.js";
import { MixtureFields, type Point } from "../../../src/lab/toy-2d/mixture.js";
import { pack, unpack } from "../../../src/lab/toy-2d/pack.js";
import { particleDenoised, particleLogDensity } from "../../../src/lab/toy-2d/particles.js";
import { PROBLEMS, problemNamed } from "../../../src/lab/toy-2d/problem.js";
import { REWARD_NAMES, REWARDS } from "../../../src/lab/toy-2d/rewards.js";
import { drawPoint } from "../../../src/lab/toy-2d/sampling.js";
import { sum } from "../../../src/ops/sum.js";
import { tensor } from "../../../src/tensor/create.js";
import { Key } from "../../../src/tensor/key.js";
import type { Tensor } from "../../../src/tensor/tensor.js";

const device = new ReferenceDevice();
const ring = problemNamed("ring");
const key = Key.from(4);

test("a mixture's score is the gradient of its log-density, at every noise", () => {
  const fields = new MixtureFields(device, ring);
  for (const sigma2 of [0, 0.04, 1, 30]) {
    const x = tensor(device, [0.3, 3.7, -2, 2.2, 1, 0], [3, 2]);
    const [slope] = grad((at: Tensor) => sum(fields.logDensity(at, sigma2)))(x);
    const score = fields.score(x, sigma2).reference.data;
    score.forEach((value, i) => {
      expect(value).toBeCloseTo(slope?.reference.flat(i) ?? Number.NaN, 5);
    });
  }
});

test("particles have the density and the prediction of their mixture", () => {
  const samples = [1, 0, -1, 2, 0.5, 0.5];
  const x = tensor(device, [0.2, 0.1, 1, 1], [1, 2, 2]);
  const level = tensor(device, [0.5, 2], [1, 2, 1]);
  const particles = tensor(device, samples, [1, 3, 2]);
  const denoised = particleDenoised(x, particles, level).reference.data;
  const log = particleLogDensity(x, particles, level).reference.data;
  [0, 1].forEach((i) => {
    const v = [0.5, 2][i] ?? 1;
    const at = [x.reference.flat(2 * i), x.reference.flat(2 * i + 1)] as const;
    const masses = [0, 1, 2].map((j) => {
      const d2 = (at[0] - (samples[2 * j] ?? 0)) ** 2 + (at[1] - (samples[2 * j + 1] ?? 0)) ** 2;
      return Math.exp(-d2 / (2 * v)) / (3 * 2 * Math.PI * v);
    });
    const total = masses.reduce((a, b) => a + b, 0);
    expect(log[i]).toBeCloseTo(Math.log(total), 6);
    const mean = masses.reduce((a, m, j) => a + (m * (samples[2 * j] ?? 0)) / total, 0);
    expect(denoised[2 * i]).toBeCloseTo(mean, 6);
  });
});

test("exact samples of every problem are of high quality, in all modes, with a small KL", () => {
  for (const problem of Object.values(PROBLEMS)) {
    const n = 3000;
    const points = Array.from({ length: n }, (_, i) => drawPoint(problem, key.fold(i))).flat();
    const masses = new Float64Array(n).fill(1 / n);
    const found = measure(new Grid(problem), problem, { points, masses });
    expect(found.coverage, problem.name).toBe(1);
    expect(found.quality, problem.name).toBeGreaterThan(0.98);
    expect(found.recall, problem.name).toBeGreaterThan(0.97);
    expect(found.kl, problem.name).toBeLessThan(0.1);
    expect(found.effectiveModes, problem.name).toBeGreaterThan(0.95 * problem.means.length);
  }
});

test("measures see what is missing: one mode of eight, and points outside", () => {
  const grid = new Grid(ring);
  const n = 2000;
  const masses = new Float64Array(n).fill(1 / n);
  const [[x = 0, y = 0] = []] = ring.means;
  const narrow = Array.from({ length: n }, (_, i): Point => {
    const [a, b] = drawPoint({ ...ring, means: [[x, y]], weights: [1] }, key.fold(i));
    return [a, b];
  });
  const one = measure(grid, ring, { points: narrow.flat(), masses });
  expect(one).toMatchObject({ coverage: 1 / 8 });
  expect(one.effectiveModes).toBeCloseTo(1, 6);
  expect(one.kl).toBeCloseTo(Math.log(8), 1);
  expect(one.recall).toBeCloseTo(1 / 8, 1);
  const outside = measure(grid, ring, { points: narrow.flatMap(() => [0, 0]), masses });
  expect(outside.quality).toBe(0);
});

test("the bound is the tilted mixture: a linear reward moves every mode by α s²", async () => {
  const overlap = problemNamed("overlap");
  const grid = new Grid(overlap);
  const points = grid.points();
  const alpha = 1.2;
  const r = Float64Array.from({ length: points.length / 2 }, (_, i) => points[2 * i] ?? 0);
  const p = tilted(grid.exact(), r, alpha);
  const mean = p.reduce((a, mass, i) => a + mass * (r[i] ?? 0), 0);
  // Means ±1.5 move by α s² = 1.2, weights are e^{±1.5 α}.
  const weight = 1 / (1 + Math.exp(-3 * alpha));
  expect(mean).toBeCloseTo(1.5 * (2 * weight - 1) + alpha, 2);
  const curve = await boundCurve(device, { ...FULL, problem: "overlap" }, "R2");
  const kls = curve.map((point) => point.kl ?? Number.NaN);
  const rewards = curve.map((point) => point.reward);
  expect(kls[0]).toBeCloseTo(0, 4);
  expect([...rewards].sort((a, b) => a - b)).toEqual(rewards);
  expect([...kls].sort((a, b) => a - b)).toEqual(kls);
});

test("every reward's levels lie between the reference's reward and the bound's", () => {
  const n = 1500;
  for (const problem of Object.values(PROBLEMS)) {
    const points = Array.from({ length: n }, (_, i) => drawPoint(problem, key.fold(i))).flat();
    const q = new Float64Array(n).fill(1 / n);
    for (const name of REWARD_NAMES) {
      const { make, levels, alphas } = REWARDS[name];
      const r = Float64Array.from(
        make(problem, key)(tensor(device, points, [n, 2])).reference.data,
      );
      const at = (alpha: number): number =>
        tilted(q, r, alpha).reduce((sum, mass, i) => sum + mass * (r[i] ?? 0), 0);
      const what = `${problem.name} ${name}`;
      expect(Math.min(...levels), what).toBeGreaterThan(at(0));
      expect(Math.max(...levels), what).toBeLessThan(at(alphas[1]));
    }
  }
});

test("the learned reward follows the hidden utility, and is standardised", () => {
  const reward = REWARDS.R5.make(ring, key);
  const n = 1000;
  const points = Array.from({ length: n }, (_, i) => drawPoint(ring, Key.from(8).fold(i)));
  const r = reward(tensor(device, points.flat(), [n, 2])).reference.data;
  const u = points.map(hiddenUtility(ring));
  const mean = (f: (i: number) => number): number =>
    points.reduce((total, _, i) => total + f(i), 0) / n;
  const [mr, mu] = [mean((i) => r[i] ?? 0), mean((i) => u[i] ?? 0)];
  const sd = (values: ArrayLike<number>, m: number) =>
    Math.sqrt(mean((i) => ((values[i] ?? 0) - m) ** 2));
  const together = mean((i) => ((r[i] ?? 0) - mr) * ((u[i] ?? 0) - mu));
  expect(together / sd(r, mr) / sd(u, mu)).toBeGreaterThan(0.9);
  expect(mr).toBeCloseTo(0, 0);
  expect(sd(r, mr)).toBeCloseTo(1, 0);
});

test("packed parameters come back bit for bit", () => {
  const values = Float32Array.from([0, -1.5, 3e-39, 1e30, Math.PI]);
  expect(unpack(pack(values))).toEqual(values);
});
