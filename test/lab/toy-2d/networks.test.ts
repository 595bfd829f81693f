/** What the networks of toy-2d see, against the formulas. */
import { expect, test } from "vitest";
import { ReferenceDevice } from "../../../src/device/reference.js";
import {
  ASSISTANT_INPUTS,
  assistantFeatures,
  GENERATOR_INPUTS,
  generatorFeatures,
} from "../../../src/lab/toy-2d/networks.js";
import { tensor } from "../../../src/tensor/create.js";

const device = new ReferenceDevice();

/** sin f u and cos f u, of all of u for each f: u₁, u₂, then sin, sin, cos, cos of each f. */
const waves = (u: readonly number[], rates: readonly number[]): number[] => [
  ...u,
  ...rates.flatMap((f) => [...u.map((v) => Math.sin(f * v)), ...u.map((v) => Math.cos(f * v))]),
];

test("the generator sees z and its waves", () => {
  const z = [0.3, -1.2, 2, 0];
  const seen = generatorFeatures(tensor(device, z, [1, 2, 2]));
  expect(seen.shape).toEqual([1, 2, GENERATOR_INPUTS]);
  const want = [z.slice(0, 2), z.slice(2)].flatMap((u) => waves(u, [1.5, 3]));
  seen.reference.data.forEach((v, i) => {
    expect(v).toBeCloseTo(want[i] ?? NaN, 6);
  });
});

test("the assistant sees x in units of its spread, and ln σ, with their waves", () => {
  const spread = 0.7;
  const [x, sigma2] = [[0.3, -1.2], 0.04];
  const level = tensor(device, [sigma2], [1, 1, 1]);
  const seen = assistantFeatures(spread)(tensor(device, x, [1, 1, 2]), level);
  expect(seen.shape).toEqual([1, 1, ASSISTANT_INPUTS]);
  const u = x.map((v) => v / Math.sqrt(sigma2 + spread ** 2));
  const want = [...waves(u, [2, 6]), ...waves([Math.log(sigma2) / 4], [2])];
  seen.reference.data.forEach((v, i) => {
    expect(v).toBeCloseTo(want[i] ?? NaN, 6);
  });
});
