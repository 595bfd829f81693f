import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ReferenceDevice } from "../../src/device/reference.js";
import type { Device } from "../../src/device/types.js";
import { type Denoiser, perSample } from "../../src/diffusion/edm.js";
import {
  karrasSigmas,
  logNormalSigmas,
  logUniformSigmas,
} from "../../src/diffusion/noise-levels.js";
import { sampleHeun } from "../../src/diffusion/samplers.js";
import type { Condition } from "../../src/models/unet/index.js";
import { add, mul } from "../../src/ops/binary.js";
import { randomNormal } from "../../src/ops/random.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import { Key } from "../../src/tensor/key.js";
import { testDevice } from "../device.js";
import { expectClose } from "../op-suite.js";
import { values } from "../random.js";

const gpu = testDevice();
const host = new ReferenceDevice();

const MU = 0.3;
const S = 0.5;
const range = { sigma_min: 0.002, sigma_max: 80 };

/** The posterior mean of x₀ ~ N(μ, s²): (s² x + σ² μ) / (s² + σ²). */
const gaussian: Denoiser = (x, sigma) => {
  const total = sigma.map((v) => S * S + v * v);
  const slope = total.map((t) => (S * S) / t);
  const shift = sigma.map((v, i) => (v * v * MU) / (total[i] ?? 1));
  return add(mul(x, perSample(x, slope)), perSample(x, shift));
};

const noCondition = (device: Device): Condition => {
  const x = zeros(device, [1, 1, 1]);
  return { hidden: x, mask: x, pooled: x };
};

/** The flow keeps (x − μ) / √(s² + σ²); the last step, from sigma_min to 0, is one Euler step. */
function exact(noise: number): number {
  const { sigma_min, sigma_max } = range;
  const scale = Math.sqrt((S * S + sigma_min ** 2) / (S * S + sigma_max ** 2));
  const last = (S * S) / (S * S + sigma_min ** 2);
  return MU + (sigma_max * noise - MU) * scale * last;
}

describe("sampleHeun", () => {
  test("samples of a Gaussian have its mean and variance", async () => {
    using _scope = gpu().scope();
    const n = 4 * 3 * 32 * 32;
    const noise = randomNormal(gpu(), Key.from(3), [4, 3, 32, 32]);
    const options = { sigmas: karrasSigmas(64, range), condition: noCondition(gpu()) };
    const x = Array.from(await sampleHeun(gaussian, noise, options).data());
    const mean = x.reduce((a, v) => a + v / n, 0);
    const variance = x.reduce((a, v) => a + (v - mean) ** 2 / n, 0);
    expect(Math.abs(mean - MU)).toBeLessThan((4 * S) / Math.sqrt(n));
    // Four standard deviations of the estimate, and 2% for the steps' own error.
    expect(Math.abs(variance / S ** 2 - 1)).toBeLessThan(4 * Math.sqrt(2 / n) + 0.02);
  });

  test("the error falls with the square of the step", () => {
    using _scope = host.scope();
    const noise = values(5, 6);
    const errorOf = (steps: number): number => {
      const start = tensor(host, noise, [2, 3]);
      const options = { sigmas: karrasSigmas(steps, range), condition: noCondition(host) };
      const x = sampleHeun(gaussian, start, options).reference.data;
      return Math.max(...x.map((v, i) => Math.abs(v - exact(noise[i] ?? 0))));
    };
    const errors = [32, 64, 128, 256].map(errorOf);
    for (let i = 0; i + 1 < errors.length; i++) {
      const order = Math.log2((errors[i] ?? 0) / (errors[i + 1] ?? 1));
      expect(order, `errors ${errors}`).toBeGreaterThan(1.8);
      expect(order, `errors ${errors}`).toBeLessThan(2.2);
    }
    expect(errors[3]).toBeLessThan(1e-3);
  });

  test("kernels equal the reference", async () => {
    using _gpu = gpu().scope();
    using _host = host.scope();
    const sigmas = karrasSigmas(8, range);
    const run = (device: Device) =>
      sampleHeun(gaussian, tensor(device, values(1, 24), [2, 3, 2, 2]), {
        sigmas,
        condition: noCondition(device),
      });
    expectClose(await run(gpu()).data(), run(host).reference.data, 1e-4, "sample");
  });

  test("one step is the denoiser's answer", () => {
    using _scope = host.scope();
    const noise = tensor(host, values(1, 4), [1, 4]);
    const condition = noCondition(host);
    const x = sampleHeun(gaussian, noise, { sigmas: [80, 0], condition });
    const want = gaussian(mul(noise, 80), [80], condition);
    expectClose(x.reference.data, want.reference.data, 1e-12, "one step");
  });

  test("reports every step, and frees all but the result", () => {
    const noise = tensor(gpu(), values(1, 4), [1, 4]);
    const condition = noCondition(gpu());
    const steps: number[] = [];
    const x = sampleHeun(gaussian, noise, {
      sigmas: karrasSigmas(5, range),
      condition,
      onStep: (done) => steps.push(done),
    });
    expect(steps).toEqual([1, 2, 3, 4, 5]);
    expect(gpu().stats.liveBuffers).toBe(3);
    for (const t of [x, noise, condition.hidden]) t.dispose();
  });

  test("evaluates the denoiser 2 n − 1 times", () => {
    using _scope = host.scope();
    let calls = 0;
    const counting: Denoiser = (...args) => {
      calls += 1;
      return gaussian(...args);
    };
    const sigmas = karrasSigmas(18, range);
    const condition = noCondition(host);
    sampleHeun(counting, tensor(host, [1], [1, 1]), { sigmas, condition });
    expect(calls).toBe(35);
  });
});

describe("noise levels", () => {
  test("the grid starts at sigma_max, falls to sigma_min, then 0", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 60 }),
        fc.double({ min: 1e-3, max: 0.5, noNaN: true }),
        fc.double({ min: 1, max: 100, noNaN: true }),
        fc.constantFrom(1, 3, 7),
        (steps, sigma_min, sigma_max, rho) => {
          const grid = karrasSigmas(steps, { sigma_min, sigma_max, rho });
          expect(grid.length).toBe(steps + 1);
          expect((grid[0] ?? 0) / sigma_max).toBeCloseTo(1, 10);
          expect((grid[steps - 1] ?? 0) / sigma_min).toBeCloseTo(1, 8);
          expect(grid[steps]).toBe(0);
          for (let i = 0; i < steps; i++) expect(grid[i + 1]).toBeLessThan(grid[i] ?? 0);
        },
      ),
    );
  });

  test("known values: one step, and ρ = 1 is linear", () => {
    expect(karrasSigmas(1, range).map((v) => Math.round(v * 1e9) / 1e9)).toEqual([80, 0]);
    const linear = karrasSigmas(3, { sigma_min: 1, sigma_max: 5, rho: 1 });
    expect(linear).toEqual([5, 3, 1, 0]);
  });

  test("log-normal levels have the mean and deviation asked for, within their bounds", () => {
    const options = { P_mean: -1.2, P_std: 1.2, sigma_min: 0.002, sigma_max: 80 };
    const n = 4000;
    const levels = logNormalSigmas(Key.from(1), n, options);
    const logs = levels.map(Math.log);
    const mean = logs.reduce((a, v) => a + v / n, 0);
    const std = Math.sqrt(logs.reduce((a, v) => a + (v - mean) ** 2 / n, 0));
    expect(Math.abs(mean + 1.2)).toBeLessThan((4 * 1.2) / Math.sqrt(n));
    expect(Math.abs(std / 1.2 - 1)).toBeLessThan(4 / Math.sqrt(2 * n));
    const narrow = logNormalSigmas(Key.from(1), 500, {
      ...options,
      sigma_min: 0.2,
      sigma_max: 0.4,
    });
    expect(Math.min(...narrow)).toBe(0.2);
    expect(Math.max(...narrow)).toBe(0.4);
    expect(logNormalSigmas(Key.from(1), 3, options)).toEqual(levels.slice(0, 3));
    expect(logNormalSigmas(Key.from(2), 3, options)).not.toEqual(levels.slice(0, 3));
  });

  test("log-uniform levels fill the range evenly", () => {
    const n = 4000;
    const levels = logUniformSigmas(Key.from(1), n, { sigma_min: 0.01, sigma_max: 10 });
    expect(Math.min(...levels)).toBeGreaterThanOrEqual(0.01);
    expect(Math.max(...levels)).toBeLessThanOrEqual(10);
    const bins = [0, 0, 0];
    for (const v of levels) {
      const bin = Math.min(2, Math.floor(Math.log10(v) + 2));
      bins[bin] = (bins[bin] ?? 0) + 1;
    }
    for (const count of bins) {
      expect(Math.abs(count - n / 3)).toBeLessThan(4 * Math.sqrt((n * 2) / 9));
    }
  });
});
