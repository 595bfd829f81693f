/**
 * Everything Gaussian, so every gradient has a closed form. In each dimension
 *
 *     x₀ = μ + s z,   x_t = x₀ + σ ε ~ N(μ, a),  a = s² + σ²      reference N(m, b),  b = v + σ²
 *     s_ψ = (μ − x)/a,   s_ref = (m − x)/b,   y = A x + B,  A = (a − b)/(a b),  B = μ/a − m/b
 *
 * and with E y = (μ − m)/b, E y (x − μ) = (a − b)/b, ∂_μ s_ψ = 1/a, ∂_s s_ψ = 2 s (x − μ)/a²:
 *
 *               ∂_μ                      ∂_s
 *     KL        (μ − m)/b                s (a − b)/(a b)
 *     L2        2 (μ − m)/(a b)          4 s (a − b)/(a² b)              E 2 y ∂s_ψ
 *     sampling  2 A (μ − m)/b            2 s A²                          ∂ E y², y frozen
 *     SiD(α)    L2 + 2 (1 − α) sampling
 *
 * α = ½ gives 2 (μ − m)/b² and 2 s (a² − b²)/(a² b²): the gradient of E y² = (μ − m)²/b² + A² a.
 * These losses are polynomials of z and ε, so three Gauss–Hermite nodes integrate them exactly.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { grad, valueAndGrad } from "../../src/autograd/grad.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import type { Device } from "../../src/device/types.js";
import {
  type Divergence,
  type Field,
  kl,
  l2,
  pseudoHuber,
  sid,
} from "../../src/divergences/index.js";
import { add, div, mul, sub } from "../../src/ops/binary.js";
import { sum } from "../../src/ops/sum.js";
import { tensor } from "../../src/tensor/create.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { testDevice } from "../device.js";
import { expectClose } from "../op-suite.js";
import { expectation, HERMITE_3, product } from "./exact.js";

/** Two dimensions, one entry each. */
interface Setting {
  readonly mu: readonly number[];
  readonly s: readonly number[];
  readonly m: readonly number[];
  readonly v: readonly number[];
  readonly sigma: number;
}

interface Noise {
  readonly z: readonly number[];
  readonly noise: readonly number[];
  readonly weights: readonly number[];
}

const quadrature: Noise = (() => {
  const { columns, weights } = product(HERMITE_3, HERMITE_3, HERMITE_3, HERMITE_3);
  const pairs = (c: number): number[] =>
    weights.flatMap((_, i) => [columns[c]?.[i] ?? 0, columns[c + 1]?.[i] ?? 0]);
  return { z: pairs(0), noise: pairs(2), weights };
})();

/** The score of N(mean, variance): x [N, 2] → [N, 2] */
function gaussianScore(
  device: Device,
  mean: readonly number[],
  variance: readonly number[],
): Field {
  const [at, width] = [tensor(device, mean, [1, 2]), tensor(device, variance, [1, 2])];
  return (x) => div(sub(at, x), width);
}

const widened = (v: readonly number[], sigma: number): number[] => v.map((x) => x + sigma * sigma);

interface Outcome {
  /** [N] */
  readonly losses: Tensor;
  /** [2] each */
  readonly d_mu: Tensor;
  readonly d_s: Tensor;
}

function run(
  device: Device,
  divergence: Divergence,
  { mu, s, m, v, sigma }: Setting,
  { z, noise, weights }: Noise,
): Outcome {
  const n = weights.length;
  const a = widened(
    s.map((x) => x * x),
    sigma,
  );
  const psi = gaussianScore(device, mu, a);
  const ref = gaussianScore(device, m, widened(v, sigma));
  const nodes = tensor(device, z, [n, 2]);
  const shift = tensor(
    device,
    noise.map((e) => sigma * e),
    [n, 2],
  );
  const fixed = tensor(
    device,
    noise.map((e) => -e / sigma),
    [n, 2],
  );
  const { grads, aux } = valueAndGrad((at: Tensor, scale: Tensor) => {
    const x0 = add(at, mul(nodes, scale));
    const { loss } = divergence.generatorLoss({ psi, ref, target: fixed, x_t: add(x0, shift) });
    return { loss: expectation(loss, weights), aux: { losses: loss } };
  })(tensor(device, mu), tensor(device, s));
  const [d_mu, d_s] = grads;
  if (!d_mu || !d_s || !aux) throw new Error("no gradient");
  return { losses: aux.losses, d_mu, d_s };
}

interface Closed {
  readonly d_mu: number[];
  readonly d_s: number[];
}

/** The table above. */
function closedForms({ mu, s, m, v, sigma }: Setting) {
  const each = (f: (p: { mu: number; s: number; m: number; a: number; b: number }) => number) =>
    mu.map((at, i) => {
      const [si = 1, mi = 0, vi = 1] = [s[i], m[i], v[i]];
      return f({ mu: at, s: si, m: mi, a: si * si + sigma * sigma, b: vi + sigma * sigma });
    });
  const klForm: Closed = {
    d_mu: each((p) => (p.mu - p.m) / p.b),
    d_s: each((p) => (p.s * (p.a - p.b)) / (p.a * p.b)),
  };
  const sidForm = (alpha: number): Closed => ({
    d_mu: each((p) => {
      const A = (p.a - p.b) / (p.a * p.b);
      return (2 * (p.mu - p.m)) / (p.a * p.b) + (4 * (1 - alpha) * A * (p.mu - p.m)) / p.b;
    }),
    d_s: each((p) => {
      const A = (p.a - p.b) / (p.a * p.b);
      return (4 * p.s * (p.a - p.b)) / (p.a * p.a * p.b) + 4 * (1 - alpha) * p.s * A * A;
    }),
  });
  const fisher: Closed = {
    d_mu: each((p) => (2 * (p.mu - p.m)) / p.b ** 2),
    d_s: each((p) => (2 * p.s * (p.a ** 2 - p.b ** 2)) / (p.a * p.b) ** 2),
  };
  return { kl: klForm, sid: sidForm, fisher };
}

const pair = (min: number, max: number) => {
  const number = fc.double({ min, max, noNaN: true });
  return fc.tuple(number, number);
};
const settings: fc.Arbitrary<Setting> = fc.record({
  mu: pair(-3, 3),
  s: pair(0.2, 2),
  m: pair(-3, 3),
  v: pair(0.1, 3),
  sigma: fc.double({ min: 0.3, max: 3, noNaN: true }),
});
const SAMPLE: Setting = { mu: [0.7, -1.2], s: [0.5, 1.4], m: [-0.3, 0.4], v: [0.8, 2], sigma: 0.9 };

const DIVERGENCES: readonly Divergence[] = [
  l2(),
  pseudoHuber({ c: 0.4 }),
  kl(),
  sid({ alpha: 0.5 }),
  sid({ alpha: 1.2 }),
];
const BY_NAME = DIVERGENCES.map((d) => [d.name, d] as const);

const host = new ReferenceDevice();
const read = (x: Tensor): Float64Array => x.reference.data;

function expectClosed(divergence: Divergence, setting: Setting, want: Closed): void {
  using _scope = host.scope();
  const { d_mu, d_s } = run(host, divergence, setting, quadrature);
  expectClose(read(d_mu), want.d_mu, 1e-9, `${divergence.name} ∂μ`);
  expectClose(read(d_s), want.d_s, 1e-9, `${divergence.name} ∂s`);
}

describe("Gaussian generator and reference", () => {
  test("gradients have their closed forms", () => {
    const property = fc.property(
      settings,
      fc.double({ min: 0, max: 2, noNaN: true }),
      (p, alpha) => {
        const closed = closedForms(p);
        expectClosed(kl(), p, closed.kl);
        expectClosed(l2(), p, closed.sid(1));
        expectClosed(sid({ alpha }), p, closed.sid(alpha));
        expectClosed(sid({ alpha: 0.5 }), p, closed.fisher);
      },
    );
    fc.assert(property, { numRuns: 25, seed: 4 });
  });

  test("pseudo-Huber is L2 / 2c where c is large", () => {
    const c = 1e5;
    const { d_mu, d_s } = closedForms(SAMPLE).sid(1);
    const scaled = { d_mu: d_mu.map((g) => g / 2), d_s: d_s.map((g) => g / 2) };
    using _scope = host.scope();
    const got = run(host, pseudoHuber({ c }), SAMPLE, quadrature);
    expectClose(read(mul(got.d_mu, c)), scaled.d_mu, 1e-6, "∂μ");
    expectClose(read(mul(got.d_s, c)), scaled.d_s, 1e-6, "∂s");
  });
});

describe("by kernels", () => {
  const gpu = testDevice();

  test.each(BY_NAME)("%s: kernels agree with float64", async (_, divergence) => {
    using _gpu = gpu().scope();
    using _host = host.scope();
    const got = run(gpu(), divergence, SAMPLE, quadrature);
    const want = run(host, divergence, SAMPLE, quadrature);
    expectClose(await got.d_mu.data(), read(want.d_mu), 2e-5, "∂μ");
    expectClose(await got.d_s.data(), read(want.d_s), 2e-5, "∂s");
  });

  test("pseudo-Huber is finite, with gradient, at y = 0", async () => {
    using _gpu = gpu().scope();
    const { distance } = pseudoHuber({ c: 1e-3 });
    const [g] = grad((y) => sum(distance(y)))(tensor(gpu(), [0, 0], [1, 2]));
    expect([...((await g?.data()) ?? [])]).toEqual([0, 0]);
  });
});
