import { describe, expect, test } from "vitest";
import { ReferenceDevice } from "../../src/device/reference.js";
import { augment } from "../../src/preference/index.js";
import { Key } from "../../src/tensor/key.js";
import { values } from "../random.js";

const NOTHING = { noise: 0, blur: 0, gain: 0, shift: 0 };
const pictures = (n: number, side = 6) => ({
  images: values(3, n * 3 * side * side, -1, 1),
  n,
  side,
});
const device = new ReferenceDevice();

const run = (p: ReturnType<typeof pictures>, settings: Partial<typeof NOTHING>, seed = 1) =>
  augment(device, p, Key.from(seed), { ...NOTHING, ...settings }).reference.data;

describe("augment", () => {
  test("with nothing asked for, nothing changes, and the input never does", () => {
    const p = pictures(2);
    const before = Float32Array.from(p.images);
    expect([...run(p, {})]).toEqual([...p.images]);
    run(p, { noise: 1, blur: 1, gain: 1, shift: 1 });
    expect(p.images).toEqual(before);
  });

  test("a blur keeps a plain picture, and spreads a point by [1 2 1]ᵀ[1 2 1] / 16 at most", () => {
    const plain = { images: new Float32Array(3 * 36).fill(0.4), n: 1, side: 6 };
    for (const v of run(plain, { blur: 1 })) expect(v).toBeCloseTo(0.4, 6);
    const point = { images: new Float32Array(3 * 36), n: 1, side: 6 };
    point.images[2 * 6 + 3] = 16;
    const out = run(point, { blur: 1 });
    const share = (16 - (out[2 * 6 + 3] ?? 0)) / 12;
    expect(share).toBeGreaterThan(0);
    expect(share).toBeLessThanOrEqual(1);
    expect(out[2 * 6 + 2]).toBeCloseTo(2 * share, 5);
    expect(out[1 * 6 + 2]).toBeCloseTo(share, 5);
    expect(out.reduce((a, v) => a + v, 0)).toBeCloseTo(16, 4);
  });

  test("gain and shift are those of a channel; noise has at most its deviation", () => {
    const black = { images: new Float32Array(3 * 36), n: 1, side: 6 };
    const shifted = run(black, { shift: 0.06 });
    for (const c of [0, 1, 2]) {
      const channel = [...shifted.subarray(c * 36, (c + 1) * 36)];
      expect(new Set(channel).size).toBe(1);
      expect(Math.abs(channel[0] ?? 1)).toBeLessThanOrEqual(0.06);
    }
    const many = { images: new Float32Array(64 * 3 * 36), n: 64, side: 6 };
    const noise = run(many, { noise: 0.3 });
    const deviation = Math.sqrt(noise.reduce((a, v) => a + v * v, 0) / noise.length);
    // σ ~ U[0, 0.3]: E σ² = 0.03.
    expect(deviation).toBeGreaterThan(0.14);
    expect(deviation).toBeLessThan(0.2);
  });

  test("the key decides", () => {
    const all = { noise: 0.3, blur: 1, gain: 0.1, shift: 0.1 };
    expect([...run(pictures(2), all, 5)]).toEqual([...run(pictures(2), all, 5)]);
    expect([...run(pictures(2), all, 5)]).not.toEqual([...run(pictures(2), all, 6)]);
  });
});
