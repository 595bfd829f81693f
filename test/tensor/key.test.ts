import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Key, threefry } from "../../src/tensor/key.js";

const hex = (words: readonly number[]): string =>
  words.map((w) => w.toString(16).padStart(8, "0")).join(" ");

describe("threefry2x32, 20 rounds", () => {
  // Known answers of Random123's own distribution.
  test.each([
    [[0, 0], [0, 0], "6b200159 99ba4efe"],
    [[0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff], "1cb996fc bb002be7"],
    [[0x13198a2e, 0x03707344], [0x243f6a88, 0x85a308d3], "c4923a9c 483df7a0"],
  ] as const)("key %j, counter %j", (key, counter, want) => {
    expect(hex(threefry(key, counter))).toBe(want);
  });
});

describe("keys", () => {
  const seeds = fc.maxSafeNat();

  test("the same seed is the same key, another seed another", () => {
    const property = fc.property(seeds, seeds, (a, b) => {
      expect(String(Key.from(a))).toBe(String(Key.from(a)));
      if (a !== b) expect(String(Key.from(a))).not.toBe(String(Key.from(b)));
    });
    fc.assert(property);
  });

  test("children differ from each other, from folds, and from the key", () => {
    const property = fc.property(seeds, (seed) => {
      const key = Key.from(seed);
      const folds = [0, 1, 2, 2 ** 32, 2 ** 40].map((n) => key.fold(n));
      const names = [key, ...key.split(50), ...folds].map(String);
      expect(new Set(names).size).toBe(names.length);
    });
    fc.assert(property, { numRuns: 20 });
  });

  test("the first children do not depend on how many are asked for", () => {
    const key = Key.from(9);
    expect(key.split(2).map(String)).toEqual(key.split(5).slice(0, 2).map(String));
  });

  test("uniform numbers are in [0, 1) and have its mean and variance", () => {
    const key = Key.from(5);
    const n = 20_000;
    const u = Array.from({ length: n }, (_, i) => key.uniform(i));
    const mean = u.reduce((a, b) => a + b, 0) / n;
    const variance = u.reduce((a, b) => a + (b - 0.5) ** 2, 0) / n;
    expect(u.every((v) => v >= 0 && v < 1)).toBe(true);
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / n));
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / n));
    expect(key.uniform()).toBe(key.uniform(0));
  });

  test("integers fall on every value alike", () => {
    const key = Key.from(6);
    const counts = [0, 0, 0, 0, 0, 0];
    const n = 12_000;
    for (let i = 0; i < n; i++) counts[key.integer(6, i)]! += 1;
    const chi = counts.reduce((total, c) => total + (c - n / 6) ** 2 / (n / 6), 0);
    // Five degrees of freedom: 20.5 is exceeded once in a thousand.
    expect(chi).toBeLessThan(20.5);
  });

  test("errors", () => {
    expect(() => Key.from(-1)).toThrowErrorMatchingInlineSnapshot(
      `[UsageError: Key.from: -1 is not an integer from 0 to 2^53 − 1. Give a whole number.]`,
    );
    expect(() => Key.from(1.5)).toThrowErrorMatchingInlineSnapshot(
      `[UsageError: Key.from: 1.5 is not an integer from 0 to 2^53 − 1. Give a whole number.]`,
    );
    expect(() => Key.from(0).fold(Number.NaN)).toThrowErrorMatchingInlineSnapshot(
      `[UsageError: key.fold: NaN is not an integer from 0 to 2^53 − 1. Give a whole number.]`,
    );
    expect(() => Key.from(0).integer(0)).toThrowErrorMatchingInlineSnapshot(
      `[UsageError: key.integer: there is no integer in [0, 0). Give below ≥ 1.]`,
    );
  });
});
