/**
 * The oracle: full Fisher with the weight of de Bruijn's identity takes a generator to
 * p_ref e^{αr} / Z. A Gaussian generator g(z) = m + e^l z, whose score is exact, a reference
 * N(0, I) and r(x, y) = x − x² / 4:
 *
 *     p_ref e^{αr} / Z = N( (α / (1 + α/2), 0), diag( 1 / (1 + α/2), 1 ) )
 */
import { expect, test } from "vitest";
import { stopGradient } from "../../../src/autograd/grad.js";
import { ReferenceDevice } from "../../../src/device/reference.js";
import { logUniform } from "../../../src/diffusion/time-distributions.js";
import { objectiveLoss, objectiveWeights } from "../../../src/divergences/objective.js";
import { parseArm } from "../../../src/lab/toy-2d/arm.js";
import { learnerOf } from "../../../src/lab/toy-2d/draws.js";
import { UNITS } from "../../../src/lab/toy-2d/generator-step.js";
import { MixtureFields } from "../../../src/lab/toy-2d/mixture.js";
import { stratifiedSigmas } from "../../../src/lab/toy-2d/sampling.js";
import { valueAndGradOf } from "../../../src/nn/module.js";
import { Parameter } from "../../../src/nn/parameter.js";
import { add, div, mul, sub } from "../../../src/ops/binary.js";
import { randomNormal } from "../../../src/ops/random.js";
import { slice } from "../../../src/ops/slice.js";
import { sum } from "../../../src/ops/sum.js";
import { exp, square } from "../../../src/ops/unary.js";
import { tensor } from "../../../src/tensor/create.js";
import { Key } from "../../../src/tensor/key.js";
import type { Tensor } from "../../../src/tensor/tensor.js";

const N = 128;
const STEPS = 300;
const device = new ReferenceDevice();
const reference = new MixtureFields(device, { means: [[0, 0]], weights: [1], width: 1 });
const range = { sigma_min: 0.05, sigma_max: 20 };
const times = logUniform(range);

/** Where an arm takes mean and width of x and y. */
function settle(name: string, alpha: number): { mean: number[]; width: number[] } {
  const { divergence, weighting } = parseArm(name);
  const objective = { divergence, weighting, units: UNITS } as const;
  const m = new Parameter("m", [1, 2], tensor(device, [0.5, -0.5], [1, 2]));
  const l = new Parameter("l", [1, 2], tensor(device, [-0.3, 0.3], [1, 2]));
  const parameters = new Map([m, l].map((p) => [p.name, p]));
  const learner = learnerOf(parameters, { lr: 0.03, steps: STEPS, beta1: 0.5 });
  for (let t = 0; t < STEPS; t++) {
    const key = Key.from(7).fold(t);
    const sigmas = stratifiedSigmas(key, N, times);
    const sigma = tensor(device, sigmas, [N, 1]);
    const level = square(sigma);
    const weights = objectiveWeights(objective, sigmas);
    // De Bruijn's integral is over ln σ: the mean over the draws, times the length of the range.
    const scale = Math.log(range.sigma_max / range.sigma_min);
    const [own, width] = [stopGradient(m.value), square(exp(stopGradient(l.value)))];
    const psi = (x: Tensor): Tensor => div(add(mul(x, width), mul(level, own)), add(width, level));
    const ref = (x: Tensor): Tensor => reference.denoised(x, level);
    const z = randomNormal(device, key.fold(1), [N, 2]);
    const noise = mul(randomNormal(device, key.fold(2), [N, 2]), sigma);
    const { grads } = valueAndGradOf(parameters, () => {
      const x0 = add(m.value, mul(exp(l.value), z));
      const fields = { psi, ref, target: x0, x_t: add(x0, noise) };
      const loss = mul(sum(objectiveLoss(objective, fields, weights).loss), scale / N);
      const x = slice(x0, { axis: 1, start: 0, end: 1 });
      const reward = sub(x, mul(square(x), 0.25));
      return sub(loss, mul(sum(reward), alpha / N));
    });
    learner.advance();
    learner.applyUnclipped(grads);
  }
  const found = learner.ema.averages;
  const of = (name: string): number[] => Array.from(found.get(name)?.reference.data ?? []);
  return { mean: of("m"), width: of("l").map(Math.exp) };
}

test.each([0, 2])("full Fisher with w = σ² goes to the closed form, α = %d", (alpha) => {
  const { mean, width } = settle("fisher@sigma2", alpha);
  const precision = 1 + alpha / 2;
  expect(mean[0]).toBeCloseTo(alpha / precision, 1);
  expect(mean[1]).toBeCloseTo(0, 1);
  expect(width[0]).toBeCloseTo(1 / Math.sqrt(precision), 1);
  expect(width[1]).toBeCloseTo(1, 1);
  // KL between the Gaussians, of both coordinates.
  const gaussKl = (m: number, s: number, m0: number, s0: number): number =>
    Math.log(s0 / s) + (s * s + (m - m0) ** 2) / (2 * s0 * s0) - 0.5;
  const kl =
    gaussKl(mean[0] ?? NaN, width[0] ?? NaN, alpha / precision, 1 / Math.sqrt(precision)) +
    gaussKl(mean[1] ?? NaN, width[1] ?? NaN, 0, 1);
  expect(kl).toBeLessThan(0.01);
});

test("integral KL with w = 1 does not go there: its pull at high noise is another", () => {
  const { mean } = settle("kl@score", 1);
  expect(Math.abs((mean[0] ?? NaN) - 2 / 3)).toBeGreaterThan(0.15);
});
