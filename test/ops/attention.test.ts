import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { vjp } from "../../src/autograd/grad.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import type { Device } from "../../src/device/types.js";
import { attention } from "../../src/ops/attention.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import type { Dtype } from "../../src/tensor/dtype.js";
import { testDevice, testF16 } from "../device.js";
import { expectClose, opSuite } from "../op-suite.js";
import { values } from "../random.js";

interface Attrs {
  readonly heads: number;
  /** Keys from this one on are masked away. */
  readonly visible?: number;
  readonly causal?: boolean;
}

const of = (b: number, t: number, s: number, c: number, attrs: Attrs) => ({
  inputs: [{ shape: [b, t, c] }, { shape: [b, s, c] }, { shape: [b, s, c] }],
  attrs,
});

opSuite("attention", {
  apply: ([q, k, v], { heads, visible, causal = false }) => {
    if (visible === undefined) return attention(q!, k!, v!, { heads, causal });
    const [b, s] = [k!.dim(0), k!.dim(1)];
    const mask = Float32Array.from({ length: b * s }, (_, i) => (i % s < visible ? 0 : -1e9));
    return attention(q!, k!, v!, { heads, causal, mask: tensor(q!.device, mask, [b, s]) });
  },
  arbitrary: fc
    .tuple(
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 3 }),
      fc.constantFrom(1, 3, 4, 8, 12, 20, 36),
      fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
    )
    .map(([b, t, s, heads, d, visible]) =>
      of(b, t, s, heads * d, visible === undefined ? { heads } : { heads, visible }),
    ),
  edges: [
    of(0, 3, 3, 8, { heads: 2 }),
    of(2, 0, 3, 8, { heads: 2 }),
    of(1, 1, 1, 4, { heads: 1 }),
    of(1, 63, 17, 32, { heads: 1 }),
    of(2, 64, 12, 64, { heads: 2, visible: 5 }),
    of(1, 65, 65, 64, { heads: 1 }),
    of(1, 3, 5, 160, { heads: 2 }),
    of(1, 3, 5, 136, { heads: 2 }),
    of(2, 9, 5, 8, { heads: 2, causal: true }),
    of(2, 4, 300, 4, { heads: 1, causal: true, visible: 200 }),
  ],
  gradients: [
    of(1, 2, 3, 4, { heads: 1 }),
    of(2, 3, 2, 6, { heads: 2 }),
    of(1, 3, 4, 8, { heads: 2, visible: 2 }),
    of(1, 4, 3, 4, { heads: 1, causal: true, visible: 2 }),
  ],
  runs: 20,
  laws: {
    "equal values come back unchanged": async (device) => {
      const q = tensor(device, values(1, 2 * 5 * 8), [2, 5, 8]);
      const k = tensor(device, values(2, 2 * 7 * 8), [2, 7, 8]);
      const v = tensor(device, new Float32Array(2 * 7 * 8).fill(3), [2, 7, 8]);
      const y = await attention(q, k, v, { heads: 2 }).data();
      expectClose(y, new Float32Array(2 * 5 * 8).fill(3), 1e-5, "means of equal values");
    },
    "a masked key counts for nothing": async (device) => {
      const q = tensor(device, values(1, 5 * 8), [1, 5, 8]);
      const kv = values(2, 7 * 8);
      const mask = tensor(device, [0, 0, 0, 0, -1e9, -1e9, -1e9], [1, 7]);
      const all = tensor(device, kv, [1, 7, 8]);
      const seen = tensor(device, kv.subarray(0, 4 * 8), [1, 4, 8]);
      const masked = attention(q, all, all, { heads: 2, mask });
      const want = await attention(q, seen, seen, { heads: 2 }).data();
      expectClose(await masked.data(), want, 1e-5, "masked");
    },
    "a query whose keys are all masked by −∞ gets 0, on every device": async (device) => {
      for (const on of [device, new ReferenceDevice()]) {
        using _scope = on.scope();
        const x = tensor(on, values(1, 3 * 4), [1, 3, 4]);
        const mask = tensor(on, new Float32Array(3).fill(Number.NEGATIVE_INFINITY), [1, 3]);
        const y = await attention(x, x, x, { heads: 1, mask }).data();
        expect([...y]).toEqual(Array(12).fill(0));
      }
    },
    "scores of ±1e4 stay finite": async (device) => {
      const q = tensor(device, values(1, 3 * 4, -100, 100), [1, 3, 4]);
      const { value, pullback } = vjp((x) => attention(x, x, x, { heads: 1 }), q);
      const [dq] = pullback(tensor(device, values(2, 3 * 4), [1, 3, 4]));
      expect((await value.data()).every(Number.isFinite)).toBe(true);
      expect((await dq!.data()).every(Number.isFinite)).toBe(true);
    },
  },
  errors: {
    "keys of another width": (device) => {
      const [q, k] = [zeros(device, [2, 5, 8]), zeros(device, [2, 7, 6])];
      expect(() => attention(q, k, k, { heads: 2 })).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: attention: q [2, 5, 8], k [2, 7, 6] and v [2, 7, 6] do not fit. Give q [B, T, C], and k and v [B, S, C] with S ≥ 1.]`,
      );
    },
    "more values than keys": (device) => {
      const [q, k, v] = [
        zeros(device, [2, 5, 8]),
        zeros(device, [2, 7, 8]),
        zeros(device, [2, 9, 8]),
      ];
      expect(() => attention(q, k, v, { heads: 2 })).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: attention: q [2, 5, 8], k [2, 7, 8] and v [2, 9, 8] do not fit. Give q [B, T, C], and k and v [B, S, C] with S ≥ 1.]`,
      );
    },
    "heads that do not divide": (device) => {
      const q = zeros(device, [2, 5, 8]);
      expect(() => attention(q, q, q, { heads: 3 })).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: attention: 8 channels do not split into 3 heads (q is [2, 5, 8]). Choose a number of heads that divides the channels.]`,
      );
    },
    "a mask of another length": (device) => {
      const [q, mask] = [zeros(device, [2, 5, 8]), zeros(device, [2, 4])];
      expect(() => attention(q, q, q, { heads: 2, mask })).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: attention: mask is [2, 4], but there are 5 keys for each of 2 batch elements. Give mask as [2, 5].]`,
      );
    },
  },
});

const device = testDevice();

/** What a query gets whose keys are all masked by the same value. */
type Sees = "nothing" | "the mean" | "as without a mask";

describe("queries that see no key", () => {
  /** Two batch elements of which the second is masked away; heads of 4. */
  async function check(on: Device, dtype: Dtype, low: number, sees: Sees, length = 5) {
    using _scope = on.scope();
    const shape = [2, length, 4];
    const draw = (seed: number) => tensor(on, values(seed, 8 * length), shape, { dtype });
    const added = Float32Array.from({ length: 2 * length }, (_, i) => (i < length ? 0 : low));
    const mask = tensor(on, added, [2, length], { dtype });
    const [q, k, v] = [draw(1), draw(2), draw(3)];
    const y = await attention(q, k, v, { heads: 1, mask }).data();
    const plain = await attention(q, k, v, { heads: 1 }).data();
    expectClose(y.slice(0, 4 * length), plain.slice(0, 4 * length), 1e-6, "the first");
    const data = Float32Array.from(await v.data()).slice(4 * length);
    const mean = (c: number): number =>
      data.reduce((sum, x, i) => sum + (i % 4 === c ? x : 0), 0) / length;
    const want = {
      nothing: new Float32Array(4 * length),
      "the mean": Float32Array.from({ length: 4 * length }, (_, i) => mean(i % 4)),
      "as without a mask": plain.slice(4 * length),
    };
    expectClose(y.slice(4 * length), want[sees], dtype === "f16" ? 1e-2 : 1e-5, "the second");
    if (dtype !== "f32") return;
    const { pullback } = vjp((...x) => attention(x[0]!, x[1]!, x[2]!, { heads: 1, mask }), q, k, v);
    const slopes = await Promise.all(pullback(draw(4)).map((x) => x.data()));
    for (const [i, dx] of slopes.entries()) {
      expect(dx.every(Number.isFinite), `input ${i}`).toBe(true);
      const own = dx.slice(4 * length);
      if (sees === "nothing")
        expect(
          own.every((g) => g === 0),
          `input ${i}`,
        ).toBe(true);
    }
  }
  const host = new ReferenceDevice();

  test.each([5, 520])("−∞ in f32: 0, and derivatives 0 (%i keys)", async (length) => {
    await check(device(), "f32", -Infinity, "nothing", length);
    if (length < 10) await check(host, "f32", -Infinity, "nothing", length);
  });

  test("−1e9 in f32: the mean of the values, and in float64 what the scores say", async () => {
    await check(device(), "f32", -1e9, "the mean");
    await check(host, "f32", -1e9, "as without a mask");
  });

  test("−1e9 in f16 is −∞: 0, on the reference device", () => check(host, "f16", -1e9, "nothing"));

  testF16("−1e9 in f16 is −∞: 0", device, async (on) => {
    for (const length of [5, 520]) await check(on, "f16", -1e9, "nothing", length);
    await check(on, "f16", -60000, "as without a mask");
    const x = zeros(on, [1, 2, 4], { dtype: "f16" });
    const { pullback } = vjp((q) => attention(q, q, q, { heads: 1 }), x);
    expect(() => pullback(x)).toThrowErrorMatchingInlineSnapshot(
      `[GradientError: attentionMix: its derivative is computed in f32, and attentionSoftmax is f16. Train in f32: cast(x, "f32") before attentionMix.]`,
    );
  });

  test("a hidden key may have any score", async () => {
    for (const on of [device(), host]) {
      using _scope = on.scope();
      const q = tensor(on, [1, 0, 0, 1], [1, 2, 2]);
      const k = tensor(on, [1, 2, Infinity, 3], [1, 2, 2]);
      const v = tensor(on, [5, 6, 7, 8], [1, 2, 2]);
      const mask = tensor(on, [0, -Infinity], [1, 2]);
      expect([...(await attention(q, k, v, { heads: 1, mask }).data())]).toEqual([5, 6, 5, 6]);
    }
  });
});
