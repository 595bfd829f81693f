/**
 * The reward-tilted reference against what it approximates, and in either unit:
 *
 *     Gaussian reference, linear reward      exactly the score of p_ref e^{α r} / Z, diffused
 */
import { expect, test } from "vitest";
import { grad } from "../../src/autograd/grad.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import { dot, type Field, kl, l2, tilted } from "../../src/divergences/index.js";
import { add, mul, sub } from "../../src/ops/binary.js";
import { sum } from "../../src/ops/sum.js";
import { sin, tanh } from "../../src/ops/unary.js";
import { tensor } from "../../src/tensor/create.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { expectClose } from "../op-suite.js";
import { values } from "../random.js";
import { inUnits } from "./settings.js";

const host = new ReferenceDevice();
const SIGMA = [0.2, 0.9, 3];
const SHAPE = [3, 2] as const;

test("a Gaussian reference and a linear reward: the diffused tilted density, exactly", () => {
  using _scope = host.scope();
  const [m, v, alpha] = [0.4, 1.7, 0.8];
  const slope = tensor(host, [1.5, -0.5], [1, 2]);
  const width = tensor(
    host,
    SIGMA.map((s) => v + s * s),
    [3, 1],
  );
  const x = tensor(host, values(1, 6), SHAPE);
  const scoreAt =
    (mean: Tensor | number): Field =>
    (at) =>
      mul(
        sub(mean, at),
        tensor(
          host,
          SIGMA.map((s) => 1 / (v + s * s)),
          [3, 1],
        ),
      );
  const reward = (x0: Tensor): Tensor => sum(mul(x0, slope), { axes: 1 });
  const got = tilted(scoreAt(m), { reward, alpha, sigma: SIGMA, units: "scores" })(x);
  // N(m, v) e^{α s·x} is N(m + α v s, v).
  const want = scoreAt(add(mul(slope, alpha * v), m))(x);
  expect(width.size).toBe(3);
  expectClose(got.reference.data, want.reference.data, 1e-12, "score");
});

const reward = (x0: Tensor): Tensor => dot(sin(x0), tanh(mul(x0, 0.7)));
const score: Field = (x) => add(sin(mul(x, 1.3)), mul(x, -0.4));

test("on x₀-predictions it is the same field", () => {
  using _scope = host.scope();
  const sigma = 0.6;
  const x = tensor(host, values(2, 6), SHAPE);
  const tilt = { reward, alpha: 0.5, sigma: [sigma, sigma, sigma] };
  const a = inUnits("x₀-predictions", tilted(score, { ...tilt, units: "scores" }), sigma)(x);
  const f = inUnits("x₀-predictions", score, sigma);
  const levels = tensor(host, tilt.sigma);
  const b = tilted(f, { ...tilt, sigma: levels, units: "x₀-predictions" })(x);
  expectClose(a.reference.data, b.reference.data, 1e-12, "field");
  expect(tilted(score, { ...tilt, alpha: 0, units: "scores" })).toBe(score);
});

test.each([kl(), l2()])(
  "$name sees it like any other field: gradient = differences",
  (divergence) => {
    using _scope = host.scope();
    const sigma = [0.6, 0.6, 0.6];
    const ref = tilted(score, { reward, alpha: 0.5, sigma, units: "scores" });
    const psi: Field = (x) => mul(tanh(x), -0.9);
    const noise = tensor(host, values(4, 6), SHAPE);
    const target = mul(noise, -1 / 0.6);
    const at = tensor(host, values(3, 6), SHAPE);
    const loss = (x0: Tensor, fixed: Field = ref): Tensor => {
      const x_t = add(x0, mul(noise, 0.6));
      return sum(divergence.generatorLoss({ psi, ref: fixed, target, x_t }).loss);
    };
    const [g = at] = grad((x0) => loss(x0))(at);
    const h = 1e-5;
    // KL holds its fields fixed: differences must too.
    const start = add(at, mul(noise, 0.6));
    const frozen = sub(psi(start), ref(start));
    for (let i = 0; i < 6; i++) {
      const moved = (step: number): number => {
        const x0 = tensor(
          host,
          [...at.reference.data].map((v, k) => (k === i ? v + step : v)),
          SHAPE,
        );
        const held = sum(dot(frozen, add(x0, mul(noise, 0.6))));
        return (divergence.degree === 1 ? held : loss(x0)).reference.flat(0);
      };
      const numeric = (moved(h) - moved(-h)) / (2 * h);
      expect(g.reference.flat(i)).toBeCloseTo(numeric, 7);
    }
  },
);
