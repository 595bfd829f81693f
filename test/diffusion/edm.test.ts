import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ReferenceDevice } from "../../src/device/reference.js";
import {
  type Denoiser,
  diffuse,
  edmDenoiser,
  precondition,
  TIME_SCALE,
} from "../../src/diffusion/edm.js";
import { guided } from "../../src/diffusion/guidance.js";
import { denoisingLoss } from "../../src/diffusion/loss.js";
import type { Condition, UNet2DConditionModel } from "../../src/models/unet/index.js";
import { add, mul } from "../../src/ops/binary.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { testDevice } from "../device.js";
import { expectClose } from "../op-suite.js";
import { uniform, values } from "../random.js";

const gpu = testDevice();
const host = new ReferenceDevice();

const sigmaOf = fc.double({ min: 1e-3, max: 100, noNaN: true });
const sigmaData = fc.double({ min: 0.1, max: 2, noNaN: true });
const first = (list: readonly number[]): number => list[0] ?? Number.NaN;

const noCondition = (device: typeof host): Condition => {
  const pooled = zeros(device, [2, 1]);
  return { hidden: zeros(device, [2, 1, 1]), mask: zeros(device, [2, 1]), pooled };
};

describe("preconditioning", () => {
  test("coefficients of table 1: their identities", () => {
    fc.assert(
      fc.property(sigmaOf, sigmaData, (sigma, sigma_data) => {
        const s = precondition([sigma], sigma_data);
        const [c_skip, c_out, c_in] = [first(s.c_skip), first(s.c_out), first(s.c_in)];
        expect(c_in ** 2 * (sigma ** 2 + sigma_data ** 2)).toBeCloseTo(1, 10);
        expect(c_skip).toBeCloseTo((sigma_data * c_in) ** 2, 10);
        expect(c_out).toBeCloseTo(sigma * sigma_data * c_in, 10);
        // λ(σ) c_out² = 1: every noise level weighs the network's error alike (eq. 8).
        const lambda = (sigma ** 2 + sigma_data ** 2) / (sigma * sigma_data) ** 2;
        expect(lambda * c_out ** 2).toBeCloseTo(1, 8);
        expect(first(s.c_noise)).toBeCloseTo(Math.log(sigma) / 4, 12);
      }),
    );
  });

  test("without noise the input passes, in noise alone the network answers", () => {
    const clean = precondition([1e-6], 0.5);
    expect(first(clean.c_skip)).toBeCloseTo(1, 9);
    expect(first(clean.c_out)).toBeCloseTo(0, 5);
    const noisy = precondition([1e6], 0.5);
    expect(first(noisy.c_skip)).toBeCloseTo(0, 9);
    expect(first(noisy.c_out)).toBeCloseTo(0.5, 9);
  });

  test("levels that were prepared for another σ_d are refused", () => {
    using _scope = host.scope();
    const one = tensor(host, [1]);
    const level = { sigma: one, c_skip: one, c_out: one, c_in: one, time: one, lambda: one };
    const unet = { forward: (x: Tensor) => x } as unknown as UNet2DConditionModel;
    const denoise = edmDenoiser(unet, 0.5);
    const x = zeros(host, [1, 1, 1, 1]);
    const call = () => denoise(x, { ...level, sigma_data: 0.25 }, noCondition(host));
    expect(call).toThrowErrorMatchingInlineSnapshot(
      `[UsageError: denoiser: noise levels were prepared for σ_d 0.25, and the model has 0.5. Prepare levels for each model.]`,
    );
  });

  test.each([0.01, 0.3, 1, 7, 80])("input and target have unit variance at σ = %d", (sigma) => {
    const next = uniform(Math.round(100 * sigma));
    const normal = (): number =>
      Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
    const sigma_data = 0.6;
    const s = precondition([sigma], sigma_data);
    const n = 20_000;
    let [input, target] = [0, 0];
    for (let i = 0; i < n; i++) {
      const x0 = sigma_data * normal();
      const x = x0 + sigma * normal();
      input += (first(s.c_in) * x) ** 2 / n;
      target += ((x0 - first(s.c_skip) * x) / first(s.c_out)) ** 2 / n;
    }
    // Five standard deviations of the estimate of a variance: 5 √(2 / n).
    expect(Math.abs(input - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
    expect(Math.abs(target - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
  });

  test("D = c_skip x + c_out F(c_in x; 1000 ln(σ) / 4), each sample with its own level", async () => {
    using _scope = gpu().scope();
    const seen: { input?: Tensor; time?: Tensor } = {};
    const forward = (input: Tensor, time: Tensor): Tensor => {
      Object.assign(seen, { input, time });
      return mul(input, input);
    };
    const D = edmDenoiser({ forward } as unknown as UNet2DConditionModel, 0.5);
    const x = values(1, 2 * 3 * 4);
    const pooled = zeros(gpu(), [2, 1]);
    const c = { hidden: pooled, mask: pooled, pooled };
    const sigma = [0.2, 3];
    const out = await D(tensor(gpu(), x, [2, 3, 2, 2]), sigma, c).data();
    const s = precondition(sigma, 0.5);
    const want = Array.from(x, (v, i) => {
      const k = i < 12 ? 0 : 1;
      return (s.c_skip[k] ?? 0) * v + (s.c_out[k] ?? 0) * ((s.c_in[k] ?? 0) * v) ** 2;
    });
    expectClose(out, want, 1e-6, "D");
    expectClose(
      await seen.time?.data(),
      sigma.map((v) => (TIME_SCALE * Math.log(v)) / 4),
      1e-6,
      "c_noise",
    );
  });

  test("diffuse adds σ ε, sample by sample", () => {
    using _scope = host.scope();
    const [x0, noise] = [values(1, 6), values(2, 6)];
    const x = diffuse(tensor(host, x0, [2, 3]), [0.5, 2], tensor(host, noise, [2, 3]));
    const want = Array.from(x0, (v, i) => v + (i < 3 ? 0.5 : 2) * (noise[i] ?? 0));
    expectClose(x.reference.data, want, 1e-12, "diffuse");
  });
});

describe("denoisingLoss", () => {
  const batch = () => ({
    x0: tensor(host, values(1, 24), [2, 3, 2, 2]),
    noise: tensor(host, values(2, 24), [2, 3, 2, 2]),
    sigma: [0.4, 5],
    condition: noCondition(host),
  });

  test("is zero for a perfect denoiser", async () => {
    using _scope = host.scope();
    const b = batch();
    expect(await denoisingLoss(() => b.x0, b, 0.5).item()).toBe(0);
  });

  test("of a denoiser that does nothing is the mean of λ σ² ε²", async () => {
    using _scope = host.scope();
    const b = batch();
    const lambda = (s: number): number => (s * s + 0.25) / (0.5 * s) ** 2;
    const want = Array.from(values(2, 24), (e, i) => {
      const s = i < 12 ? 0.4 : 5;
      return (lambda(s) * (s * e) ** 2) / 24;
    }).reduce((a, v) => a + v, 0);
    expect(await denoisingLoss((x) => x, b, 0.5).item()).toBeCloseTo(want, 10);
  });

  test("is the mean square of the network's own error", async () => {
    using _scope = host.scope();
    const b = batch();
    const unet = { forward: (x: Tensor): Tensor => zeros(host, x.shape) };
    const D = edmDenoiser(unet as unknown as UNet2DConditionModel, 0.5);
    const s = precondition(b.sigma, 0.5);
    const want = Array.from(values(1, 24), (x0, i) => {
      const k = i < 12 ? 0 : 1;
      const x = x0 + (b.sigma[k] ?? 0) * (values(2, 24)[i] ?? 0);
      return ((x0 - (s.c_skip[k] ?? 0) * x) / (s.c_out[k] ?? 1)) ** 2 / 24;
    }).reduce((a, v) => a + v, 0);
    expect(await denoisingLoss(D, b, 0.5).item()).toBeCloseTo(want, 10);
  });
});

describe("guided", () => {
  /** Answers x plus the condition's pooled value, so that the two calls can be told apart. */
  const denoiser: Denoiser = (x, _sigma, { pooled }) => add(x, pooled);
  const pooled = (value: number): Condition => {
    const p = tensor(host, [value], [1, 1]);
    return { hidden: p, mask: p, pooled: p };
  };

  test("α = 0 is the denoiser itself", () => {
    using _scope = host.scope();
    expect(guided(denoiser, pooled(0), 0)).toBe(denoiser);
  });

  test("D̃ = D_c + α (D_c − D_∅)", () => {
    using _scope = host.scope();
    const x = tensor(host, [1, 2], [2, 1]);
    for (const alpha of [0, 0.5, 6.5, -1]) {
      const y = guided(denoiser, pooled(2), alpha)(x, [1, 1], pooled(5));
      expectClose(y.reference.data, [6 + 3 * alpha, 7 + 3 * alpha], 1e-12, `α = ${alpha}`);
    }
  });

  test("without a difference between the conditions nothing changes", () => {
    using _scope = host.scope();
    const x = tensor(host, [1, 2], [2, 1]);
    const y = guided(denoiser, pooled(2), 7)(x, [1, 1], pooled(2));
    expect([...y.reference.data]).toEqual([3, 4]);
  });
});
