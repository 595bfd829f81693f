import fc from "fast-check";
import { expect } from "vitest";
import { ReferenceDevice } from "../../src/device/reference.js";
import type { Device } from "../../src/device/types.js";
import { randomCategorical } from "../../src/ops/categorical.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import { Key } from "../../src/tensor/key.js";
import { opSuite } from "../op-suite.js";

async function draws(device: Device, seed: number, logits: Float32Array, shape: number[]) {
  using _scope = device.scope();
  return randomCategorical(Key.from(seed), tensor(device, logits, shape)).data();
}

const of = (seed: number, ...shape: number[]) => ({
  inputs: [{ shape, low: -6, high: 6 }],
  attrs: { seed },
});

opSuite<{ readonly seed: number }>("randomCategorical", {
  apply: ([logits], { seed }) => randomCategorical(Key.from(seed), logits!),
  arbitrary: fc
    .tuple(fc.nat(), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 90 }))
    .map(([seed, rows, cols]) => of(seed, rows, cols)),
  edges: [
    of(0, 5),
    of(8, 0, 3),
    of(9, 2, 3, 4),
    ...[1, 2, 7, 63, 64, 65, 200].map((cols) => of(cols, Math.ceil(4000 / cols), cols)),
  ],
  gradients: false,
  tolerance: 0,
  laws: {
    "frequencies are those of the softmax": async (device) => {
      const n = 20_000;
      const p = [0.5, 0.3, 0.15, 0.05, 0];
      const row = p.map(Math.log);
      const logits = Float32Array.from({ length: n * 5 }, (_, i) => row[i % 5]! + 80);
      const got = Array.from(await draws(device, 1, logits, [n, 5]));
      p.forEach((want, c) => {
        const frequency = got.filter((v) => v === c).length / n;
        const error = Math.sqrt((want * (1 - want)) / n);
        expect(Math.abs(frequency - want), `category ${c}`).toBeLessThanOrEqual(4 * error);
      });
    },
    "one logit far above the rest is always drawn; no finite logit gives 0": async (device) => {
      const far = Float32Array.from({ length: 300 }, (_, i) => (i % 3 === 2 ? 50 : -50));
      expect(new Set(await draws(device, 2, far, [100, 3]))).toEqual(new Set([2]));
      const none = new Float32Array(4).fill(-Infinity);
      expect([...(await draws(device, 3, none, [2, 2]))]).toEqual([0, 0]);
      const below = Float32Array.of(-Infinity, 0, -800, 0, -Infinity, -800);
      for (const on of [device, new ReferenceDevice()]) {
        expect([...(await draws(on, 4, below, [2, 3]))]).toEqual([1, 0]);
      }
    },
    "other keys, other draws": async (device) => {
      const logits = new Float32Array(400);
      const [a, b] = [5, 6].map((seed) => draws(device, seed, logits, [100, 4]));
      expect(await a).not.toEqual(await b);
      expect(await draws(device, 5, logits, [100, 4])).toEqual(await a);
    },
  },
  errors: {
    "no category": (device) => {
      const call = () => randomCategorical(Key.from(0), zeros(device, [2, 0]));
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: randomCategorical: rows of [2, 0] are empty. Give at least one category.]`,
      );
    },
    "no axis": (device) => {
      const scalar = () => randomCategorical(Key.from(0), zeros(device, []));
      expect(scalar).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: randomCategorical: x [] has rank 0, expected at least 1. Add axes with reshape.]`,
      );
    },
  },
});
