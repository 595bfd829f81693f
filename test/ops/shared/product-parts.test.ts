/** Products that are cut along k: when, and that the parts add up. */
import { describe, expect, test } from "vitest";
import type { KernelChoice } from "../../../src/device/kernel-choice.js";
import { DEFAULT_RATES } from "../../../src/device/rates.js";
import { ReferenceDevice } from "../../../src/device/reference.js";
import { linear } from "../../../src/ops/linear.js";
import { matmul } from "../../../src/ops/matmul.js";
import { partsFor } from "../../../src/ops/shared/product.js";
import { tensor } from "../../../src/tensor/create.js";
import { sizeOf } from "../../../src/tensor/shape.js";
import { testDevice } from "../../device.js";
import { expectClose } from "../../op-suite.js";
import { values } from "../../random.js";

/** As measured on a GPU. */
const rates = {
  ...DEFAULT_RATES,
  productGflops: 25_000,
  directGflops: 18_000,
  transformGbs: 2000,
  launchSeconds: 5e-6,
};
const choice: KernelChoice = {
  family: "workgroup",
  tiles: { "32x32": 0.7, "64x64": 1 },
  cores: 132,
};

describe("how many parts", () => {
  const parts = (batch: number, M: number, N: number, K: number): number =>
    partsFor({ choice, rates }, { batch, M, N, K });

  test("many outputs stay whole, and few steps", () => {
    expect(parts(1, 2048, 2048, 2048)).toBe(1);
    expect(parts(1, 64, 64, 64)).toBe(1);
    expect(parts(512, 64, 64, 4096)).toBe(1);
  });

  test("few outputs of many steps are cut into equal parts of 64 steps at least", () => {
    for (const K of [4096, 8192, 3 * 1024, 5000]) {
      const n = parts(1, 64, 64, K);
      expect(n).toBeGreaterThan(1);
      expect(K % n).toBe(0);
      expect(K / n).toBeGreaterThanOrEqual(64);
    }
  });

  test("a prime number of steps stays whole, and so does every product of other kernels", () => {
    expect(parts(1, 64, 64, 8191)).toBe(1);
    const other = { ...choice, family: "subgroup" } as const;
    expect(partsFor({ choice: other, rates }, { batch: 1, M: 64, N: 64, K: 8192 })).toBe(1);
  });
});

describe("parts add up", () => {
  const device = testDevice({ kernels: "workgroup 32x32" });

  test.each([
    { batch: 1, transposeA: false, transposeB: false },
    { batch: 3, transposeA: true, transposeB: true },
  ])("$batch products, transposed: $transposeA", async ({ batch, transposeA, transposeB }) => {
    const [M, N, K] = [5, 7, 256];
    const shapes = [
      [batch, ...(transposeA ? [K, M] : [M, K])],
      [batch, ...(transposeB ? [N, K] : [K, N])],
    ];
    const data = shapes.map((shape, i) => values(i + 1, sizeOf(shape)));
    // Launches that cost nothing: every cut pays.
    const of = device();
    of.rates = { ...rates, launchSeconds: 1e-12, transformGbs: 1e6 };
    expect(partsFor(of, { batch, M, N, K })).toBe(4);
    const on = async (where: typeof of | ReferenceDevice) => {
      using _scope = where.scope();
      const [a, b] = shapes.map((shape, i) => tensor(where, data[i] ?? [], shape));
      return matmul(a!, b!, { transposeA, transposeB }).data();
    };
    try {
      expectClose(await on(of), await on(new ReferenceDevice()), 1e-5, "product");
    } finally {
      of.rates = DEFAULT_RATES;
    }
  });
  test("a layer's bias is added once", async () => {
    const of = device();
    of.rates = { ...rates, launchSeconds: 1e-12, transformGbs: 1e6 };
    const on = async (where: typeof of | ReferenceDevice) => {
      using _scope = where.scope();
      const made = ([rows, cols]: readonly [number, number], seed: number) =>
        tensor(where, values(seed, rows * cols), cols === 1 ? [rows] : [rows, cols]);
      const before = where instanceof ReferenceDevice ? 0 : where.stats.dispatches;
      const y = linear(made([5, 256], 1), made([7, 256], 2), made([7, 1], 3));
      // Parts, their sum, the bias.
      if (!(where instanceof ReferenceDevice)) expect(where.stats.dispatches - before).toBe(3);
      return y.data();
    };
    try {
      expectClose(await on(of), await on(new ReferenceDevice()), 1e-5, "linear");
    } finally {
      of.rates = DEFAULT_RATES;
    }
  });
});
