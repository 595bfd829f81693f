/**
 * Mode blindness: what it costs to move mass between separate modes, beside what it costs to shift
 * all of it, in an L2 score divergence between mixtures whose scores are exact.
 */
import { expect, test } from "vitest";
import { ReferenceDevice } from "../../../src/device/reference.js";
import { logUniform } from "../../../src/diffusion/time-distributions.js";
import { weightFor, weightingNamed } from "../../../src/divergences/weightings.js";
import { type Mixture, MixtureFields, type Point } from "../../../src/lab/toy-2d/mixture.js";
import { drawPoint, stratifiedSigmas } from "../../../src/lab/toy-2d/sampling.js";
import { add, mul, sub } from "../../../src/ops/binary.js";
import { randomNormal } from "../../../src/ops/random.js";
import { sum } from "../../../src/ops/sum.js";
import { square } from "../../../src/ops/unary.js";
import { tensor } from "../../../src/tensor/create.js";
import { Key } from "../../../src/tensor/key.js";

const N = 4096;
const device = new ReferenceDevice();
const key = Key.from(3);
const two = (weights: [number, number], shift = 0): Mixture => ({
  means: [-3, 3].map((x): Point => [x + shift, 0]),
  weights,
  width: 0.5,
});
const even = two([0.5, 0.5]);

/** D = E_σ w(σ) E_{x ~ p_σ} ‖s_p − s_q‖², times the length of the levels in ln σ: an integral. */
function divergence(p: Mixture, q: Mixture, weighting: string): number {
  const range = { sigma_min: 0.05, sigma_max: 60 };
  const sigmas = stratifiedSigmas(key, N, logUniform(range));
  const [own, other] = [p, q].map((mixture) => new MixtureFields(device, mixture));
  const points = Array.from({ length: N }, (_, i) => drawPoint(p, key.fold(i))).flat();
  const sigma = tensor(device, sigmas, [N, 1]);
  const noise = mul(randomNormal(device, key, [N, 2]), sigma);
  const x = add(tensor(device, points, [N, 2]), noise);
  const level = square(sigma);
  const y = sub(own!.score(x, level), other!.score(x, level));
  const size = sum(square(y), { axes: 1 }).reference.data;
  const form = { degree: 2, units: "scores" } as const;
  const weight = (s: number): number => weightFor(weightingNamed(weighting), form, s);
  const mean = sigmas.reduce((total, s, i) => total + weight(s) * (size[i] ?? 0), 0) / N;
  return mean * Math.log(range.sigma_max / range.sigma_min);
}

test("with w = σ² the two prices are those of KL", () => {
  const moved = 0.9 * Math.log(1.8) + 0.1 * Math.log(0.2);
  expect(divergence(two([0.9, 0.1]), even, "sigma2") / moved).toBeCloseTo(1, 1);
  // δ² / 2 s² while the modes are apart; half a width.
  expect(divergence(two([0.5, 0.5], 0.25), even, "sigma2") / 0.125).toBeCloseTo(1, 1);
});

test("with w = 1 in score space mass moves between modes for nearly nothing", () => {
  const price = (weighting: string): number =>
    divergence(two([0.9, 0.1]), even, weighting) /
    divergence(two([0.5, 0.5], 0.25), even, weighting);
  expect(price("sigma2")).toBeGreaterThan(2);
  expect(price("score")).toBeLessThan(price("sigma2") / 20);
});
