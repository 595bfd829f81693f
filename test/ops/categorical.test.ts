import { describe, expect, test } from "vitest";
import { ReferenceDevice } from "../../src/device/reference.js";
import type { Device } from "../../src/device/types.js";
import { randomCategorical } from "../../src/ops/categorical.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import { Key } from "../../src/tensor/key.js";
import { testDevice } from "../device.js";
import { values } from "../random.js";

async function draws(device: Device, seed: number, logits: Float32Array, shape: number[]) {
  using _scope = device.scope();
  return randomCategorical(Key.from(seed), tensor(device, logits, shape)).data();
}

describe("randomCategorical", () => {
  const device = testDevice();

  test.each([1, 2, 7, 63, 64, 65, 200])(
    "the reference's draws to the bit, of %i categories",
    async (cols) => {
      const rows = Math.ceil(4000 / cols);
      const logits = values(cols, rows * cols, -6, 6);
      const got = await draws(device(), cols, logits, [rows, cols]);
      expect(got).toEqual(await draws(new ReferenceDevice(), cols, logits, [rows, cols]));
    },
  );

  test("frequencies are those of the softmax", async () => {
    const n = 20_000;
    const p = [0.5, 0.3, 0.15, 0.05, 0];
    const row = p.map(Math.log);
    const logits = Float32Array.from({ length: n * 5 }, (_, i) => row[i % 5]! + 80);
    const got = Array.from(await draws(device(), 1, logits, [n, 5]));
    p.forEach((want, c) => {
      const frequency = got.filter((v) => v === c).length / n;
      const error = Math.sqrt((want * (1 - want)) / n);
      expect(Math.abs(frequency - want), `category ${c}`).toBeLessThanOrEqual(4 * error);
    });
  });

  test("one logit far above the rest is always drawn; no finite logit gives 0", async () => {
    const far = Float32Array.from({ length: 300 }, (_, i) => (i % 3 === 2 ? 50 : -50));
    expect(new Set(await draws(device(), 2, far, [100, 3]))).toEqual(new Set([2]));
    const none = new Float32Array(4).fill(-Infinity);
    for (const on of [device(), new ReferenceDevice()]) {
      expect([...(await draws(on, 3, none, [2, 2]))]).toEqual([0, 0]);
    }
    const below = Float32Array.of(-Infinity, 0, -800, 0, -Infinity, -800);
    expect([...(await draws(device(), 4, below, [2, 3]))]).toEqual([1, 0]);
    expect([...(await draws(new ReferenceDevice(), 4, below, [2, 3]))]).toEqual([1, 0]);
  });

  test("other keys, other draws", async () => {
    const logits = new Float32Array(400);
    const [a, b] = [5, 6].map((seed) => draws(device(), seed, logits, [100, 4]));
    expect(await a).not.toEqual(await b);
    expect(await draws(device(), 5, logits, [100, 4])).toEqual(await a);
  });

  test("errors", () => {
    using _scope = device().scope();
    const call = () => randomCategorical(Key.from(0), zeros(device(), [2, 0]));
    expect(call).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: randomCategorical: rows of [2, 0] are empty. Give at least one category.]`,
    );
    const scalar = () => randomCategorical(Key.from(0), zeros(device(), []));
    expect(scalar).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: randomCategorical: x [] has rank 0, expected at least 1. Add axes with reshape.]`,
    );
  });
});
