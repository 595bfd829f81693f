import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ReferenceDevice } from "../../src/device/reference.js";
import type { Device } from "../../src/device/types.js";
import { Arena } from "../../src/optim/arena.js";
import { AdamW, Ema, type Slot } from "../../src/optim/index.js";
import { tensor } from "../../src/tensor/create.js";
import { testDevice } from "../device.js";
import { values } from "../random.js";

const gpu = testDevice();

const slotsOf = (device: Device, sizes: readonly number[]): Map<string, Slot> =>
  new Map(sizes.map((n, i) => [`p${i}`, { value: tensor(device, values(i, n), [n, 1]) }]));

const sizesOf = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 5 });

describe("Arena", () => {
  test("packing keeps names, shapes and values, and frees the old tensors", async () => {
    await fc.assert(
      fc.asyncProperty(sizesOf, async (sizes) => {
        for (const device of [gpu(), new ReferenceDevice()]) {
          using _scope = device.scope();
          const slots = slotsOf(device, sizes);
          const before = [...slots.values()].map(({ value }) => value);
          const arena = Arena.pack(slots);
          expect([...arena.views.keys()]).toEqual([...slots.keys()]);
          for (const [i, { value }] of [...slots.values()].entries()) {
            expect(value.shape).toEqual([sizes[i], 1]);
            expect(value.sharesStorageWith(arena.flat)).toBe(true);
            expect(await value.data()).toEqual(values(i, sizes[i] ?? 0));
          }
          // One tensor without gaps needs no move.
          const moved = before.filter((x) => !x.sharesStorageWith(arena.flat));
          expect(moved.length).toBeGreaterThanOrEqual(Math.min(before.length - 1, 1));
          for (const x of moved) expect(x.disposed).toBe(true);
        }
      }),
      { numRuns: 15 },
    );
  });

  test("packing twice shares one storage, whatever the number of tensors", () => {
    fc.assert(
      fc.property(sizesOf, fc.boolean(), (sizes, onHost) => {
        const device = onHost ? new ReferenceDevice() : gpu();
        using _scope = device.scope();
        const slots = slotsOf(device, sizes);
        const first = Arena.pack(slots);
        const second = Arena.pack(slots);
        expect(second.flat.sharesStorageWith(first.flat)).toBe(true);
        expect(second.flat.shape).toEqual(first.flat.shape);
      }),
      { numRuns: 30 },
    );
  });

  test("an average follows what the optimiser does, also for a single small parameter", async () => {
    for (const size of [1, 5, 64, 65]) {
      using _scope = gpu().scope();
      const slots = slotsOf(gpu(), [size]);
      const adam = new AdamW(slots, { lr: 0.1 });
      const ema = new Ema(slots, 0);
      adam.step(new Map([["p0", tensor(gpu(), values(9, size, 1, 2), [size, 1])]]));
      ema.update();
      const now = await slots.get("p0")?.value.data();
      expect(now).not.toEqual(values(0, size));
      expect(await ema.averages.get("p0")?.data()).toEqual(now);
    }
  });

  test("an optimiser whose parameters were moved away says so", () => {
    using _scope = gpu().scope();
    const slots = slotsOf(gpu(), [3, 4]);
    const adam = new AdamW(slots, { lr: 0.1 });
    const ema = new Ema(slots, 0.9);
    Arena.pack(new Map([...slots].reverse()));
    const grads = new Map([...slots].map(([name, { value }]) => [name, value] as const));
    expect(() => adam.step(grads)).toThrowErrorMatchingInlineSnapshot(
      `[HitofudeError: AdamW: p0 was moved to another buffer. Give every optimiser of these parameters the same ones, in the same order.]`,
    );
    expect(() => new Ema(new Map(), 0.9)).toThrowErrorMatchingInlineSnapshot(
      `[HitofudeError: parameters: no tensors were given. Give at least one.]`,
    );
    expect(() => ema.update()).toThrowErrorMatchingInlineSnapshot(
      `[HitofudeError: Ema: p0 was moved to another buffer. Give every optimiser of these parameters the same ones, in the same order.]`,
    );
  });
});
