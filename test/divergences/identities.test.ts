/**
 * Identities between divergences, sample by sample, for fields that are no one's score:
 *
 *     SiD(1) = L2            SiD(½) = L2 + d(y) = Fisher
 *     power(1) = pseudo-Huber        power(2) = L2        f-distill(rkl) = clean KL = KL
 *     scores → x₀-predictions:  L2 · σ⁻⁴,  pseudo-Huber(c σ²) · σ⁻²,  KL · σ⁻²,  SiD · σ⁻⁴
 */
import { describe, expect, test } from "vitest";
import { grad } from "../../src/autograd/grad.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import {
  cleanKl,
  createDivergence,
  type Divergence,
  detached,
  dot,
  type Field,
  fDistill,
  fisher,
  kl,
  l2,
  power,
  pseudoHuber,
  sid,
  type Units,
} from "../../src/divergences/index.js";
import { add, mul, sub } from "../../src/ops/binary.js";
import { sum } from "../../src/ops/sum.js";
import { cos, exp, sin, tanh } from "../../src/ops/unary.js";
import { tensor } from "../../src/tensor/create.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { expectClose } from "../op-suite.js";
import { values } from "../random.js";
import { asDenoiser } from "./exact.js";

const host = new ReferenceDevice();
const SHAPE = [3, 2, 2] as const;
const SIGMA = 0.6;
const psi: Field = (x) => add(sin(mul(x, 1.3)), mul(x, -0.4));
const ref: Field = (x) => mul(tanh(add(x, cos(x))), -0.9);
const densityRatio: Field = (x) => exp(sum(sin(x), { axes: [1, 2] }));

type Loss = (x0: Tensor) => Tensor;

/** The losses [3] of a divergence as a function of x₀ [3, 2, 2]. */
function lossOf(divergence: Divergence, units: Units = "scores"): Loss {
  return (x0) => {
    const noise = tensor(host, values(2, x0.size), SHAPE);
    const x_t = add(x0, mul(noise, SIGMA));
    const given =
      units === "scores"
        ? { psi, ref, target: mul(noise, -1 / SIGMA), x_t }
        : { psi: asDenoiser(psi, SIGMA), ref: asDenoiser(ref, SIGMA), target: x0, x_t };
    return divergence.generatorLoss({ ...given, densityRatio }).loss;
  };
}

/** Losses, and the gradient of their sum. */
function outcome(loss: Loss): { losses: Float64Array; gradient: Float64Array } {
  using _scope = host.scope();
  const x0 = tensor(host, values(1, 12), SHAPE);
  const [g = x0] = grad((x) => sum(loss(x)))(x0);
  return { losses: loss(x0).reference.data, gradient: g.reference.data };
}

function expectSame(a: Loss, b: Loss, tolerance: number): void {
  const [got, want] = [outcome(a), outcome(b)];
  expectClose(got.losses, want.losses, tolerance, "losses");
  expectClose(got.gradient, want.gradient, tolerance, "gradient");
}

describe("identities between divergences", () => {
  test("SiD(1) = L2", () => {
    expectSame(lossOf(sid({ alpha: 1 })), lossOf(l2()), 1e-13);
    expectSame(lossOf(sid({ alpha: 1 }), "x₀-predictions"), lossOf(l2(), "x₀-predictions"), 1e-13);
  });

  test("SiD(½) = Fisher", () => {
    for (const units of ["scores", "x₀-predictions"] as const) {
      expectSame(lossOf(sid({ alpha: 0.5 }), units), lossOf(fisher(), units), 1e-13);
    }
  });

  test("power distances: p = 1 is pseudo-Huber, p = 2 is L2", () => {
    expectSame(lossOf(power({ p: 1, c: 0.3 })), lossOf(pseudoHuber({ c: 0.3 })), 1e-13);
    expectSame(lossOf(power({ p: 2, c: 0.3 })), lossOf(l2()), 1e-13);
  });

  test("f-distill: reverse KL is KL; jeffreys = rkl + fkl; softened-rkl + js = rkl", () => {
    const of = (f: string): Loss => lossOf(fDistill({ f, r_min: 0, r_max: 1e9 }));
    const both =
      (a: string, b: string): Loss =>
      (x0) =>
        add(of(a)(x0), of(b)(x0));
    expectSame(of("rkl"), lossOf(kl()), 1e-13);
    expectSame(of("jeffreys"), both("rkl", "fkl"), 1e-12);
    expectSame(both("softened-rkl", "js"), of("rkl"), 1e-13);
    expectSame(lossOf(fDistill({ f: "fkl", r_min: 1, r_max: 1 })), lossOf(kl()), 1e-13);
    expectSame(lossOf(cleanKl()), lossOf(kl()), 0);
  });

  test("f-distill without a ratio says what is missing", () => {
    using _scope = host.scope();
    const x_t = tensor(host, values(1, 12), SHAPE);
    expect(() =>
      fDistill().generatorLoss({ psi, ref, target: x_t, x_t }),
    ).toThrowErrorMatchingInlineSnapshot(
      `[UsageError: f-distill: no density ratio was given. Give the input's densityRatio, [N, …] → [N].]`,
    );
    expect(() => createDivergence("l3")).toThrowErrorMatchingInlineSnapshot(
      `[UsageError: There is no divergence l3. Known: pseudo-huber, l2, power, fisher, sid, kl, clean-kl, dmd, f-distill, detached-l2.]`,
    );
    expect(() => createDivergence("f-distill", { f: "tv" })).toThrowErrorMatchingInlineSnapshot(
      `[UsageError: The divergence f-distill: option f is tv. Give one of: rkl, fkl, js, softened-rkl, hellinger, jeffreys, neyman, pearson.]`,
    );
  });

  test("SiD(½) = L2 + ‖y‖²: the full Fisher divergence", () => {
    const both: Loss = (x0) => {
      const x_t = add(x0, mul(tensor(host, values(2, x0.size), SHAPE), SIGMA));
      const y = sub(psi(x_t), ref(x_t));
      return add(lossOf(l2())(x0), dot(y, y));
    };
    expectSame(lossOf(sid({ alpha: 0.5 })), both, 1e-13);
  });

  test.each([
    ["l2", l2(), l2(), SIGMA ** -4],
    ["pseudo-huber", pseudoHuber({ c: 0.3 }), pseudoHuber({ c: 0.3 * SIGMA ** 2 }), SIGMA ** -2],
    ["sid", sid({ alpha: 1.2 }), sid({ alpha: 1.2 }), SIGMA ** -4],
    ["kl", kl(), kl(), SIGMA ** -2],
  ] as const)("%s: losses on x₀-predictions, weighted, are losses on scores", (_, a, b, w) => {
    expectSame((x0) => mul(lossOf(b, "x₀-predictions")(x0), w), lossOf(a), 1e-12);
  });

  test("detached: gradient on x₀-predictions is 2 y for L2, y for KL", () => {
    const twice: Loss = (x0) => mul(lossOf(kl(), "x₀-predictions")(x0), 2);
    const [cut, want] = [outcome(lossOf(detached(l2()), "x₀-predictions")), outcome(twice)];
    expectClose(cut.gradient, want.gradient, 1e-13, "gradient");
    const whole = outcome(lossOf(l2(), "x₀-predictions"));
    expect(
      Math.max(...whole.gradient.map((g, i) => Math.abs(g - (cut.gradient[i] ?? 0)))),
    ).toBeGreaterThan(0.1);
  });

  test("a loss of KL does not differentiate the networks", () => {
    const frozen: Loss = (x0) => {
      const noise = tensor(host, values(2, x0.size), SHAPE);
      const at = tensor(host, values(1, 12), SHAPE);
      const x = add(at, mul(noise, SIGMA));
      return dot(sub(psi(x), ref(x)), add(x0, mul(noise, SIGMA)));
    };
    expectSame(lossOf(kl()), frozen, 1e-13);
  });
});
