import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ReferenceDevice } from "../../src/device/reference.js";
import type { Device } from "../../src/device/types.js";
import { CaptureError } from "../../src/errors.js";
import { randomCategorical } from "../../src/ops/categorical.js";
import {
  type RandomKey,
  randomBernoulli,
  randomBits,
  randomNormal,
  randomPermutation,
  randomUniform,
} from "../../src/ops/random.js";
import { capture, type StepTensors } from "../../src/tensor/capture.js";
import { tensor } from "../../src/tensor/create.js";
import { Key } from "../../src/tensor/key.js";
import type { Shape } from "../../src/tensor/shape.js";
import { testDevice } from "../device.js";
import { type OpSuite, opSuite } from "../op-suite.js";

type Draw = (device: Device, key: RandomKey, shape: Shape) => ReturnType<typeof randomNormal>;
const coin: Draw = (device, key, shape) => randomBernoulli(device, key, shape, 0.3);
const shuffled: Draw = (device, key, [n = 0]) => randomPermutation(device, key, n);
const distributions = { randomNormal, randomUniform };

async function numbers(draw: Draw, device: Device, seed: number, shape: Shape) {
  using _scope = device.scope();
  return draw(device, Key.from(seed), shape).data();
}

/** Mean of f over the values. */
const average = (x: ArrayLike<number>, f: (v: number, i: number) => number): number =>
  Array.from(x).reduce((total, v, i) => total + f(v, i), 0) / x.length;

interface Attrs {
  readonly shape: Shape;
  /** Whether the input is the key; else the key is one of the host's. */
  readonly keyed: boolean;
}
type Laws = NonNullable<OpSuite<Attrs>["laws"]>;

/** The one input is a key: two words. Draws are the reference's to the bit, unless it says. */
function suite(name: string, draw: Draw, laws: Laws, tolerance = 0): void {
  const of = (size: number, keyed: boolean) => ({
    inputs: [{ shape: [2], below: 2 ** 32 }],
    attrs: { shape: [size], keyed },
  });
  const sizes = [0, 1, 2, 3, 63, 64, 65, 127, 128, 129, 3001];
  opSuite<Attrs>(name, {
    apply: ([key], { shape, keyed }) =>
      draw(key!.device, keyed ? key! : Key.from(shape[0]!), shape),
    arbitrary: fc.tuple(fc.integer({ min: 1, max: 300 }), fc.boolean()).map((c) => of(...c)),
    edges: sizes.map((n) => of(n, n % 2 === 0)),
    gradients: false,
    tolerance,
    runs: 8,
    laws: {
      "the same key gives the same bits, another key others": async (device) => {
        for (const n of [65, 3001]) {
          const first = await numbers(draw, device, n, [n]);
          expect(await numbers(draw, device, n, [n])).toEqual(first);
          expect(await numbers(draw, device, n + 1, [n])).not.toEqual(first);
        }
      },
      ...laws,
    },
  });
}

suite("randomUniform", randomUniform, {
  "uniforms are in [0, 1), with the moments of their distribution": async (device) => {
    const u = await numbers(randomUniform, device, 3, [100_000]);
    expect(u.every((v) => v >= 0 && v < 1)).toBe(true);
    // Five standard errors: √(1/12/n), √(4/45/4/n).
    expect(Math.abs(average(u, (v) => v) - 1 / 2)).toBeLessThan(5 * 9.2e-4);
    expect(Math.abs(average(u, (v) => v * v) - 1 / 3)).toBeLessThan(5 * 9.5e-4);
  },
  "goes past 65 535 groups": async (device) => {
    const n = 65_536 * 128 + 2;
    const got = await numbers(randomUniform, device, 1, [n]);
    const few = await numbers(randomUniform, new ReferenceDevice(), 1, [64]);
    expect(got.slice(0, 64)).toEqual(few);
    expect(got.slice(-2)).not.toEqual(got.slice(0, 2));
    const repeats = got.slice(-1000).filter((v, i) => v === got[n - 1001 + i]).length;
    expect(repeats).toBeLessThan(3);
  },
});

suite(
  "randomNormal",
  randomNormal,
  {
    "normals have the moments of theirs, and neighbours are uncorrelated": async (device) => {
      const x = await numbers(randomNormal, device, 4, [100_000]);
      const error = 1 / Math.sqrt(x.length);
      expect(Math.abs(average(x, (v) => v))).toBeLessThan(5 * error);
      expect(Math.abs(average(x, (v) => v ** 2) - 1)).toBeLessThan(5 * Math.SQRT2 * error);
      expect(Math.abs(average(x, (v) => v ** 3))).toBeLessThan(5 * Math.sqrt(15) * error);
      expect(Math.abs(average(x, (v) => v ** 4) - 3)).toBeLessThan(5 * Math.sqrt(96) * error);
      expect(Math.abs(average(x, (v, i) => v * (x[i + 1] ?? 0)))).toBeLessThan(5 * error);
      expect(x.every(Number.isFinite)).toBe(true);
    },
  },
  1e-5,
);

suite("randomBernoulli", coin, {
  "Bernoulli draws have their mean; 0 and 1 are certain": async (device) => {
    const n = 100_000;
    for (const p of [0, 0.001, 0.5, 1]) {
      const x = await randomBernoulli(device, Key.from(5), [n], p).data();
      expect(x.every((v) => v === 0 || v === 1)).toBe(true);
      const error = Math.sqrt((p * (1 - p)) / n);
      expect(Math.abs(average(x, (v) => v) - p)).toBeLessThanOrEqual(4 * error);
    }
  },
});

suite("randomBits", randomBits, {
  "all 32 bits are used": async (device) => {
    const bits = Array.from(await numbers(randomBits, device, 9, [20_000]));
    for (let b = 0; b < 32; b++) {
      const ones = bits.filter((word) => (word >>> b) & 1).length / bits.length;
      expect(Math.abs(ones - 0.5), `bit ${b}`).toBeLessThan(5 * Math.sqrt(0.25 / bits.length));
    }
  },
});

suite("randomPermutation", shuffled, {
  "a permutation holds each number once; first places are uniform": async (device) => {
    const order = await numbers(shuffled, device, 1, [5000]);
    expect(order).toBeInstanceOf(Uint32Array);
    expect(order.toSorted((a, b) => a - b)).toEqual(Uint32Array.from(order, (_, i) => i));
    const runs = 1200;
    const keys = Key.from(2).split(runs);
    const small = await Promise.all(keys.map((k) => randomPermutation(device, k, 3).data()));
    const counts = new Map<string, number>();
    for (const p of small) counts.set(p.join(), (counts.get(p.join()) ?? 0) + 1);
    expect(counts.size).toBe(6);
    // Five standard deviations of a count with p = 1/6.
    for (const count of counts.values()) {
      expect(Math.abs(count - runs / 6)).toBeLessThan(5 * Math.sqrt((runs * 5) / 36));
    }
  },
});

describe("random tensors", () => {
  const device = testDevice();
  test.each(Object.entries({ randomNormal, randomUniform, randomBits, coin, shuffled }))(
    "%s: a key as a tensor gives the bits of the key",
    async (_, draw) => {
      for (const d of [device(), new ReferenceDevice()]) {
        using _scope = d.scope();
        for (const seed of [0, 7, 2 ** 40 + 3]) {
          const key = Key.from(seed);
          const words = tensor(d, Uint32Array.from(key.words));
          expect(await draw(d, words, [131]).data()).toEqual(await draw(d, key, [131]).data());
        }
      }
    },
  );

  test("what is no key is refused", () => {
    using _scope = device().scope();
    const three = tensor(device(), Uint32Array.of(1, 2, 3));
    expect(() => randomNormal(device(), three, [2])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: randomNormal: the key is u32 [3], expected u32 [2]. Make it from a Key: tensor(device, Uint32Array.from(key.words)).]`,
    );
  });

  test("a captured step takes its key as an input; a constant key is refused", async () => {
    using _scope = device().scope();
    const step = capture(device(), ({ key }: StepTensors<"key">) =>
      randomNormal(device(), key, [5]),
    );
    for (const seed of [1, 2, 3]) {
      const key = Key.from(seed);
      const got = await step.run({ key: Uint32Array.from(key.words) }).data();
      expect(got).toEqual(await randomNormal(device(), key, [5]).data());
    }
    const constant = capture(device(), () => randomNormal(device(), Key.from(1), [5]));
    expect(() => constant.run({})).toThrowErrorMatchingInlineSnapshot(
      `[CaptureError: randomNormal: Key(00000000 00000001) is a constant inside a captured step, which would draw the same numbers at every replay. Make the key an input of the step: Uint32Array.from(key.words).]`,
    );
    const drawn = capture(device(), ({ logits }: StepTensors<"logits">) =>
      randomCategorical(Key.from(1), logits),
    );
    expect(() => drawn.run({ logits: [1, 2] })).toThrow(CaptureError);
  });

  test.each(Object.entries(distributions))(
    "%s: an element does not depend on the shape",
    async (_, draw) => {
      const long = await numbers(draw, device(), 7, [40, 5]);
      expect(await numbers(draw, device(), 7, [33])).toEqual(long.slice(0, 33));
      expect(await numbers(draw, device(), 7, [40, 5])).toEqual(long);
      expect(await numbers(draw, device(), 8, [40, 5])).not.toEqual(long);
    },
  );

  test("children of a key are uncorrelated with it and with each other", async () => {
    using _scope = device().scope();
    const key = Key.from(11);
    const keys = [key, ...key.split(2), key.fold(0), key.fold(1)];
    const n = 20_000;
    const draws = await Promise.all(keys.map((k) => randomNormal(device(), k, [n]).data()));
    draws.forEach((p, i) => {
      for (const q of draws.slice(i + 1)) {
        const correlation = average(p, (v, j) => v * (q[j] ?? 0));
        expect(Math.abs(correlation)).toBeLessThan(5 / Math.sqrt(n));
      }
    });
  });

  test("errors", () => {
    const improbable = () => randomBernoulli(device(), Key.from(0), [2], 1.5);
    expect(improbable).toThrowErrorMatchingInlineSnapshot(
      `[UsageError: randomBernoulli: 1.5 is no probability. Give p from 0 to 1.]`,
    );
    const fewer = () => randomPermutation(device(), Key.from(0), -1);
    expect(fewer).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: randomPermutation: -1 is no size in shape [-1]. Sizes are integers ≥ 0.]`,
    );
    const call = () => randomNormal(device(), Key.from(0), [2, -3]);
    expect(call).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: randomNormal: -3 is no size in shape [2, -3]. Sizes are integers ≥ 0.]`,
    );
  });
});
