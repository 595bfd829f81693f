import fc from "fast-check";
import { expect } from "vitest";
import { vjp } from "../../src/autograd/grad.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import { attention } from "../../src/ops/attention.js";
import { tensor, zeros } from "../../src/tensor/create.js";
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
