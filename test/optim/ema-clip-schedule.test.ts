import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ReferenceDevice } from "../../src/device/reference.js";
import { clipByGlobalNorm, Ema, warmupConstant, warmupCosine } from "../../src/optim/index.js";
import { tensor, write } from "../../src/tensor/create.js";
import { testDevice } from "../device.js";
import { expectClose } from "../op-suite.js";
import { values } from "../random.js";

const gpu = testDevice();

describe("Ema", () => {
  test("equals the recurrence with the ramp of the decay, on both devices", async () => {
    const host = new ReferenceDevice();
    const size = 7;
    const updates = 12;
    const average = Float64Array.from(values(0, size));
    for (let t = 0; t < updates; t++) {
      const decay = Math.min(0.5, (1 + t) / (10 + t));
      values(t + 1, size).forEach((v, i) => {
        average[i] = decay * (average[i] ?? 0) + (1 - decay) * v;
      });
    }
    for (const device of [gpu(), host]) {
      using _scope = device.scope();
      const slot = { value: tensor(device, values(0, size)) };
      const ema = new Ema(new Map([["w", slot]]), 0.5);
      for (let t = 0; t < updates; t++) {
        write(slot.value, values(t + 1, size));
        ema.update();
      }
      expectClose(await ema.averages.get("w")?.data(), average, 2e-6, device.name);
    }
  });

  test("starts as a copy and never moves when the parameters stand still", async () => {
    using _scope = gpu().scope();
    const w = values(3, 65);
    const slot = { value: tensor(gpu(), w) };
    const ema = new Ema(new Map([["w", slot]]), 0.9);
    expect(await ema.averages.get("w")?.data()).toEqual(w);
    for (let t = 0; t < 5; t++) ema.update();
    expectClose(await ema.averages.get("w")?.data(), w, 1e-6, "constant");
  });

  test("with() puts the averages in place, and the parameters back, also after an error", async () => {
    using _scope = gpu().scope();
    const slot = { value: tensor(gpu(), [1]) };
    const ema = new Ema(new Map([["w", slot]]), 0.9);
    const original = slot.value;
    const seen = await ema.with(async () => slot.value);
    expect(seen).toBe(ema.averages.get("w"));
    expect(slot.value).toBe(original);
    const failing = ema.with(async () => {
      throw new Error("on purpose");
    });
    await expect(failing).rejects.toThrow("on purpose");
    expect(slot.value).toBe(original);
  });
});

describe("clipByGlobalNorm", () => {
  test("the clipped gradient has the norm min(norm, limit)", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 4 }),
        fc.float({ min: Math.fround(0.1), max: 100, noNaN: true }),
        async (sizes, limit) => {
          using _scope = gpu().scope();
          const all = sizes.map((size, i) => values(i + 1, size));
          const grads = new Map(all.map((g, i) => [`${i}`, tensor(gpu(), g)] as const));
          const { factor, norm } = clipByGlobalNorm(grads, limit);
          expect([factor.shape, norm.shape]).toEqual([[1], [1]]);
          const want = Math.sqrt(all.reduce((s, g) => s + g.reduce((a, v) => a + v * v, 0), 0));
          expect((await norm.item()) / want).toBeCloseTo(1, 5);
          expect((await factor.item()) / Math.min(1, limit / want)).toBeCloseTo(1, 5);
        },
      ),
      { numRuns: 15 },
    );
  });

  test("gradients of zero are not scaled", async () => {
    using _scope = gpu().scope();
    const { factor, norm } = clipByGlobalNorm(new Map([["g", tensor(gpu(), [0, 0])]]), 1);
    expect(await norm.item()).toBe(0);
    expect(await factor.item()).toBe(1);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 1e30])(
    "a norm that is not finite gives a NaN factor: %f",
    async (bad) => {
      for (const device of [gpu(), ...(bad === 1e30 ? [] : [new ReferenceDevice()])]) {
        using _scope = device.scope();
        const grads = new Map([["g", tensor(device, [1, bad])]]);
        expect(await clipByGlobalNorm(grads, 1).factor.item()).toBeNaN();
      }
    },
  );
});

describe("schedules", () => {
  test("warm-up rises by equal steps, then the rate stays", () => {
    const lr = warmupConstant(0.4, 4);
    [0, 1, 2, 3, 4, 100].forEach((t, i) => {
      expect(lr(t)).toBeCloseTo([0.1, 0.2, 0.3, 0.4, 0.4, 0.4][i] ?? Number.NaN, 12);
    });
    expect(warmupConstant(0.4, 0)(0)).toBe(0.4);
  });

  test("cosine: top after the warm-up, half way the middle, at the end the floor", () => {
    const lr = warmupCosine(1, { warmup: 10, steps: 110, floor: 0.1 });
    expect(lr(0)).toBeCloseTo(0.1, 12);
    expect(lr(9)).toBeCloseTo(1, 12);
    expect(lr(10)).toBeCloseTo(1, 12);
    expect(lr(60)).toBeCloseTo(0.55, 12);
    expect(lr(110)).toBeCloseTo(0.1, 12);
    expect(lr(1000)).toBeCloseTo(0.1, 12);
  });

  test("cosine never rises after the warm-up and stays within its bounds", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 1, max: 100 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (warmup, more, floor) => {
          const lr = warmupCosine(2, { warmup, steps: warmup + more, floor });
          for (let t = warmup; t < warmup + more + 5; t++) {
            expect(lr(t + 1)).toBeLessThanOrEqual(lr(t) + 1e-12);
            expect(lr(t)).toBeGreaterThanOrEqual(2 * floor - 1e-12);
            expect(lr(t)).toBeLessThanOrEqual(2);
          }
        },
      ),
    );
  });
});
