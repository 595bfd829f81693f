/**
 * The generator's loss on micro networks, in float64:
 *
 *     gradient = central differences        (what is stopped is held fixed by hand)
 *     KL + reward = DI++;  no reward = the divergence alone;  a constant reward changes nothing
 */
import { describe, expect, test } from "vitest";
import {
  type GeneratorLossOptions,
  generatorLoss,
  lossWeights,
} from "../../src/alignment/generator-loss.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import type { Device } from "../../src/device/types.js";
import { diffuse, type LevelTensors, levelValues, perSample } from "../../src/diffusion/edm.js";
import { guided } from "../../src/diffusion/guidance.js";
import { detached, dot, kl, l2, pseudoHuber, weightingNamed } from "../../src/divergences/index.js";
import { valueAndGradOf } from "../../src/nn/index.js";
import { add, mul, sub } from "../../src/ops/binary.js";
import { mean } from "../../src/ops/mean.js";
import { full, tensor } from "../../src/tensor/create.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { testDevice } from "../device.js";
import { expectClose } from "../op-suite.js";
import { uniform } from "../random.js";
import { microSetting } from "./micro.js";

type Setting = ReturnType<typeof microSetting>;
type Options = Omit<GeneratorLossOptions, "reward">;

const ELEMENTS = 12 * 4 * 4;
const HUBER = pseudoHuber({ c: 0.05 * Math.sqrt(ELEMENTS) });
const BASE: Options = {
  divergence: HUBER,
  weighting: { ...weightingNamed("x0"), weight: (sigma) => 1 + 0.3 * sigma },
  guidance: "in",
  alpha_cfg: 0.7,
  alpha_rew: 0,
};

const lossOf = (s: Setting, options: GeneratorLossOptions): Tensor =>
  generatorLoss(s.networks, s.draw, options).loss;

/** The loss and its gradient with respect to the generator, flat. */
function outcome(s: Setting, options: GeneratorLossOptions): { loss: number; gradient: number[] } {
  using _scope = s.draw.device.scope();
  const { value, grads } = valueAndGradOf(s.generator.unet.parameters(), () => lossOf(s, options));
  const gradient = [...grads.values()].flatMap((g) => [...g.reference.data]);
  return { loss: value.reference.flat(0), gradient };
}

/**
 * Slopes of `loss` along random directions of all the generator's weights, and along single
 * weights, against ⟨gradient, direction⟩.
 */
function expectSlopes(s: Setting, gradient: readonly number[], loss: () => Tensor): void {
  const arrays = [...s.generator.unet.parameters().values()].map(
    ({ value }) => value.reference.data,
  );
  const next = uniform(31);
  const size = gradient.length;
  const single = (): number[] => {
    const at = Math.floor(next() * size);
    return Array.from({ length: size }, (_, i) => (i === at ? 1 : 0));
  };
  const spread = (): number[] => Array.from({ length: size }, () => 2 * next() - 1);
  for (const long of [spread(), spread(), single(), single()]) {
    const direction = unit(long);
    const h = 2e-5;
    const at = (step: number): number => {
      using _scope = s.draw.device.scope();
      move(arrays, direction, step);
      const value = loss().reference.flat(0);
      move(arrays, direction, -step);
      return value;
    };
    const numeric = (at(h) - at(-h)) / (2 * h);
    const analytic = gradient.reduce((total, g, i) => total + g * (direction[i] ?? 0), 0);
    const error = Math.abs(analytic - numeric) / Math.max(1e-2, Math.abs(numeric));
    expect(error, `gradient ${analytic}, differences ${numeric}`).toBeLessThan(5e-8);
  }
}

const unit = (x: readonly number[]): number[] => {
  const norm = Math.sqrt(x.reduce((total, v) => total + v * v, 0));
  return x.map((v) => v / norm);
};

function move(arrays: readonly Float64Array[], direction: readonly number[], step: number): void {
  let offset = 0;
  for (const data of arrays) {
    for (let i = 0; i < data.length; i++) {
      data[i] = (data[i] ?? 0) + step * (direction[offset + i] ?? 0);
    }
    offset += data.length;
  }
}

/** E w(σ) ⟨pull, x_t⟩ / D with `pull` fixed. */
function pullOnSamples(s: Setting, options: Options, pull: Tensor): Tensor {
  const { condition, z, sigma, noise } = s.draw;
  const x_t = diffuse(s.generator.oneStep(z, condition), sigma, noise);
  const sampled = dot(pull, x_t);
  return mean(
    mul(
      sampled,
      perSample(sampled, lossWeights(sigma as readonly number[], options, ELEMENTS).guidance),
    ),
  );
}

/** x_t at the weights as they are now. */
function samples({ generator, draw }: Setting): Tensor {
  return diffuse(generator.oneStep(draw.z, draw.condition), draw.sigma, draw.noise);
}

describe("the gradient of the generator's loss equals central differences", () => {
  const host = new ReferenceDevice();

  test.each([
    ["pseudo-Huber, IN, no reward", BASE, false],
    ["pseudo-Huber, IN, reward", { ...BASE, alpha_rew: 0.8 }, true],
    ["L2, IN, no reward", { ...BASE, divergence: l2() }, false],
    ["pseudo-Huber, unguided, reward", { ...BASE, alpha_cfg: 0, alpha_rew: 0.8 }, true],
    ["L2, σ² on scores", { ...BASE, divergence: l2(), weighting: weightingNamed("sigma2") }, false],
    ["L2, a tilted reference", { ...BASE, divergence: l2(), alpha_rew: 0.8, tilt: true }, true],
  ] as const)("%s", (_, options, rewarded) => {
    using _scope = host.scope();
    const s = microSetting(host);
    const all = rewarded ? { ...options, reward: s.reward } : options;
    expectSlopes(s, outcome(s, all).gradient, () => lossOf(s, all));
  });

  test("pseudo-Huber, OUT, reward: guidance is a fixed pull on x_t", () => {
    using _scope = host.scope();
    const s = microSetting(host);
    const options = { ...BASE, guidance: "out", alpha_rew: 0.8, reward: s.reward } as const;
    const { sigma, condition, empty } = s.draw;
    const x_t = samples(s);
    const { reference } = s.networks;
    const fixed = sub(reference(x_t, sigma, condition), reference(x_t, sigma, empty));
    const plain = { ...options, alpha_cfg: 0 };
    const loss = (): Tensor =>
      sub(lossOf(s, plain), mul(pullOnSamples(s, options, fixed), options.alpha_cfg));
    const { loss: value, gradient } = outcome(s, options);
    expect(value).toBeCloseTo(loss().reference.flat(0), 12);
    expectSlopes(s, gradient, loss);
  });

  test("KL, IN, reward: a fixed pull on x_t, so this is DI++", () => {
    using _scope = host.scope();
    const s = microSetting(host);
    const options = { ...BASE, divergence: kl(), alpha_rew: 0.8, reward: s.reward };
    const { sigma, condition, empty, tokens } = s.draw;
    const x_t = samples(s);
    const ref = guided(s.networks.reference, empty, options.alpha_cfg);
    const y = sub(s.networks.assistant(x_t, sigma, condition), ref(x_t, sigma, condition));
    const loss = (): Tensor => {
      const x0 = s.generator.oneStep(s.draw.z, condition);
      const r = mean(s.reward(s.generator.decode(x0), tokens));
      return sub(pullOnSamples(s, options, y), mul(r, options.alpha_rew));
    };
    const { loss: value, gradient } = outcome(s, options);
    expect(value).toBeCloseTo(loss().reference.flat(0), 12);
    expectSlopes(s, gradient, loss);
  });
});

describe("what the reward changes", () => {
  const host = new ReferenceDevice();

  test.each([
    ["kl", kl()],
    ["pseudo-huber", HUBER],
  ] as const)("%s: none, α_rew = 0 and a constant reward give one gradient", (_, divergence) => {
    using _scope = host.scope();
    const s = microSetting(host);
    const none = outcome(s, { ...BASE, divergence, alpha_rew: 3 });
    const zero = outcome(s, { ...BASE, divergence, alpha_rew: 0, reward: s.reward });
    const reward = (x: Tensor): Tensor => full(x.device, [x.dim(0)], 2);
    const constant = outcome(s, { ...BASE, divergence, alpha_rew: 3, reward });
    expect(zero).toEqual(none);
    expect(constant.gradient).toEqual(none.gradient);
    expect(constant.loss).toBeCloseTo(none.loss - 6, 12);
  });

  test("shifting the reward shifts the loss and leaves the gradient", () => {
    using _scope = host.scope();
    const s = microSetting(host);
    const options = { ...BASE, divergence: kl(), alpha_rew: 1.5 };
    const plain = outcome(s, { ...options, reward: s.reward });
    const reward: Setting["reward"] = (x, tokens) => add(s.reward(x, tokens), 4);
    const shifted = outcome(s, { ...options, reward });
    expect(shifted.gradient).toEqual(plain.gradient);
    expect(shifted.loss).toBeCloseTo(plain.loss - 6, 12);
    expectDifferent(plain.gradient, outcome(s, options).gradient);
  });
});

function expectDifferent(a: readonly number[], b: readonly number[]): void {
  expect(Math.max(...a.map((v, i) => Math.abs(v - (b[i] ?? 0))))).toBeGreaterThan(1e-4);
}

describe("guidance and gradient flow", () => {
  const host = new ReferenceDevice();

  test("a tilt takes the place of the reward's term: another gradient, the same report", () => {
    using _scope = host.scope();
    const s = microSetting(host);
    const rewarded = { ...BASE, alpha_rew: 0.8, reward: s.reward };
    const report = (tilt: boolean): number | undefined =>
      generatorLoss(s.networks, s.draw, { ...rewarded, tilt }).aux.reward?.reference.flat(0);
    expect(report(true)).toBe(report(false));
    const [tilted, plain] = [true, false].map((tilt) => outcome(s, { ...rewarded, tilt }));
    expectDifferent(tilted?.gradient ?? [], plain?.gradient ?? []);
    const none = { ...rewarded, alpha_rew: 0 };
    expect(outcome(s, { ...none, tilt: true })).toEqual(outcome(s, none));
  });

  test("IN and OUT agree at α_cfg = 0, and for KL at any α_cfg", () => {
    using _scope = host.scope();
    const s = microSetting(host);
    const plain = { ...BASE, alpha_cfg: 0 };
    expect(outcome(s, { ...plain, guidance: "out" })).toEqual(outcome(s, plain));
    const kl_in = outcome(s, { ...BASE, divergence: kl() });
    const kl_out = outcome(s, { ...BASE, divergence: kl(), guidance: "out" });
    expectClose(kl_out.gradient, kl_in.gradient, 1e-12, "gradient");
    expectDifferent(outcome(s, { ...BASE, guidance: "out" }).gradient, outcome(s, BASE).gradient);
  });

  test("detached networks give another gradient: the input VJPs are not lost", () => {
    using _scope = host.scope();
    const s = microSetting(host);
    const cut = outcome(s, { ...BASE, divergence: detached(HUBER) });
    const whole = outcome(s, BASE);
    expect(cut.loss).toBe(whole.loss);
    expectDifferent(cut.gradient, whole.gradient);
  });
});

describe("by kernels", () => {
  const gpu = testDevice();

  test.each([
    ["IN", BASE],
    ["OUT", { ...BASE, guidance: "out" }],
  ] as const)("%s with a reward: loss, report and gradient agree with float64", async (_, base) => {
    const run = (device: Device) => {
      const s = microSetting(device);
      const options = { ...base, alpha_rew: 0.8, reward: s.reward };
      return valueAndGradOf(s.generator.unet.parameters(), () =>
        generatorLoss(s.networks, s.draw, options),
      );
    };
    const host = new ReferenceDevice();
    using _gpu = gpu().scope();
    using _host = host.scope();
    const [got, want] = [run(gpu()), run(host)];
    const item = async (x: Tensor | undefined): Promise<number> => (await x?.item()) ?? Number.NaN;
    expect(await item(got.value)).toBeCloseTo(await item(want.value), 4);
    expect(await item(got.aux?.y)).toBeCloseTo(await item(want.aux?.y), 4);
    expect(await item(got.aux?.reward)).toBeCloseTo(await item(want.aux?.reward), 4);
    for (const [name, g] of got.grads) {
      expectClose(await g.data(), want.grads.get(name)?.reference.data ?? [], 2e-4, name);
    }
  });
});

test("levels as tensors need their weights", () => {
  const host = new ReferenceDevice();
  using _scope = host.scope();
  const s = microSetting(host);
  const sigma_data = s.generator.config.sigma_data;
  const levels = Object.entries(levelValues(s.draw.sigma as readonly number[], sigma_data));
  const tensors = Object.fromEntries(levels.map(([name, v]) => [name, tensor(host, v)]));
  const sigma = { ...(tensors as unknown as LevelTensors), sigma_data };
  const call = () => generatorLoss(s.networks, { ...s.draw, sigma }, BASE);
  expect(call).toThrowErrorMatchingInlineSnapshot(
    `[UsageError: generatorLoss: noise levels are tensors, and their weights are not given. Make them with lossWeights, and give them as \`weights\`.]`,
  );
});
