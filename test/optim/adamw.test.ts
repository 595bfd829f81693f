import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ReferenceDevice } from "../../src/device/reference.js";
import type { Device } from "../../src/device/types.js";
import { AdamW } from "../../src/optim/index.js";
import { tensor } from "../../src/tensor/create.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { testDevice } from "../device.js";
import { expectClose } from "../op-suite.js";
import { values } from "../random.js";

const gpu = testDevice();

interface Setting {
  readonly sizes: readonly number[];
  readonly steps: number;
  readonly seed: number;
  readonly weightDecay: number;
  readonly clip?: number;
}

/** Runs several steps and gives parameters and moments, by name. */
function train(device: Device, { sizes, steps, seed, weightDecay, clip }: Setting) {
  const slots = new Map(
    sizes.map((size, i) => [`p${i}`, { value: tensor(device, values(seed + i, size)) }] as const),
  );
  const adam = new AdamW(slots, { lr: 0.05, betas: [0.9, 0.99], eps: 1e-8, weightDecay });
  for (let t = 0; t < steps; t++) {
    const grads = new Map<string, Tensor>();
    for (const [name, { value }] of slots) {
      const g = values(seed + 1000 * (t + 1) + Number(name.slice(1)), value.size, 0.1, 2);
      grads.set(name, tensor(device, g));
    }
    const factor = clip === undefined ? {} : { clip: tensor(device, [clip]) };
    adam.step(grads, { lr: 0.05 / (t + 1), ...factor });
  }
  const state = new Map<string, Tensor>();
  for (const [name, { value }] of slots) state.set(name, value);
  for (const [name, { m, v }] of adam.moments) state.set(`${name}.m`, m).set(`${name}.v`, v);
  return state;
}

async function compare(setting: Setting): Promise<void> {
  const host = new ReferenceDevice();
  using _gpu = gpu().scope();
  using _host = host.scope();
  const want = train(host, setting);
  for (const [name, x] of train(gpu(), setting)) {
    expectClose(await x.data(), want.get(name)?.reference.data ?? [], 2e-6, name);
  }
}

describe("AdamW", () => {
  test("the kernel equals its float64 version over five steps", async () => {
    const setting = fc.record({
      sizes: fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 3 }),
      steps: fc.constant(5),
      seed: fc.nat({ max: 1e6 }),
      weightDecay: fc.constantFrom(0, 0.01, 0.5),
      clip: fc.constantFrom(0.3, 1),
    });
    await fc.assert(fc.asyncProperty(setting, compare), { numRuns: 12 });
  });

  test.each([1, 2, 3, 4, 5, 255, 256, 257, 70_000])("size %i", async (size) => {
    await compare({ sizes: [size], steps: 2, seed: 3, weightDecay: 0.1 });
  });

  test("one step by hand", async () => {
    using _scope = gpu().scope();
    const p = { value: tensor(gpu(), [1, -2]) };
    const adam = new AdamW(new Map([["p", p]]), { lr: 0.1, weightDecay: 0.01 });
    adam.step(new Map([["p", tensor(gpu(), [0.5, -0.25])]]));
    // m̂ = g and v̂ = g², so the first step is lr (sign g + λ p).
    const [a, b] = await p.value.data();
    expect(a).toBeCloseTo(1 - 0.1 * (1 + 0.01), 6);
    expect(b).toBeCloseTo(-2 - 0.1 * (-1 - 0.02), 6);
    const moments = adam.moments.get("p");
    const [m, v] = [await moments?.m.data(), await moments?.v.data()];
    expect(m?.[0]).toBeCloseTo(0.05, 7);
    expect(v?.[0]).toBeCloseTo(0.00025, 8);
    expect(adam.t).toBe(1);
  });

  test("finds the minimum of a parabola", () => {
    const host = new ReferenceDevice();
    using _scope = host.scope();
    const p = { value: tensor(host, [3, -4]) };
    const adam = new AdamW(new Map([["p", p]]), { lr: 0.1 });
    for (let t = 0; t < 400; t++) {
      const g = p.value.reference.data.map((v, i) => 2 * (v - i));
      adam.step(new Map([["p", tensor(host, g)]]), { lr: 0.2 * 0.99 ** t });
    }
    expectClose(p.value.reference.data, [0, 1], 1e-2, "minimum");
  });

  test("what is missing is named", () => {
    using _scope = gpu().scope();
    const p = { value: tensor(gpu(), [1]) };
    const adam = new AdamW(new Map([["blocks.0.weight", p]]), { lr: 0.1 });
    expect(() => adam.step(new Map())).toThrowErrorMatchingInlineSnapshot(
      `[HitofudeError: AdamW: no gradient for blocks.0.weight. Give one for every parameter.]`,
    );
    expect(() => adam.apply()).toThrowErrorMatchingInlineSnapshot(
      `[HitofudeError: AdamW: no step was begun. Call advance first.]`,
    );
    expect(() => new AdamW(new Map(), { lr: 1 })).toThrowErrorMatchingInlineSnapshot(
      `[HitofudeError: AdamW: no parameters were given. Give at least one.]`,
    );
  });

  test("dispose frees all but the parameters", async () => {
    const p = { value: tensor(gpu(), [1, 2, 3]) };
    const adam = new AdamW(new Map([["p", p]]), { lr: 0.1 });
    expect(gpu().stats.liveBuffers).toBe(6);
    adam.dispose();
    expect(gpu().stats.liveBuffers).toBe(1);
    expect([...(await p.value.data())]).toEqual([1, 2, 3]);
    p.value.dispose();
  });
});
