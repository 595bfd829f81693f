import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gradcheck } from "../../src/autograd/gradcheck.js";
import { depthToSpace, spaceToDepth } from "../../src/models/autoencoder/space-to-depth.js";
import { tensor } from "../../src/tensor/create.js";
import { NdArray } from "../../src/tensor/ndarray.js";
import { testDevice } from "../device.js";
import { values } from "../random.js";

const gpu = testDevice();
const size = fc.integer({ min: 1, max: 3 });

describe("space to depth", () => {
  test("decoding what was encoded gives the same bits, and so does the other way", async () => {
    await fc.assert(
      fc.asyncProperty(size, size, size, size, size, async (n, c, i, j, b) => {
        using _scope = gpu().scope();
        const shape = [n, c, i * b, j * b];
        const x = tensor(gpu(), values(1, n * c * i * j * b * b), shape);
        const z = spaceToDepth(x, b);
        expect(z.shape).toEqual([n, c * b * b, i, j]);
        expect(await depthToSpace(z, b).data()).toEqual(await x.data());
        const back = spaceToDepth(depthToSpace(z, b), b);
        expect(back.shape).toEqual(z.shape);
        expect(await back.data()).toEqual(await z.data());
      }),
      { numRuns: 20 },
    );
  });

  test("z[n, (c b + u) b + v, i, j] = x[n, c, b i + u, b j + v]", async () => {
    using _scope = gpu().scope();
    const x = new NdArray([2, 3, 4, 6], Float64Array.from(values(1, 144)));
    const out = await spaceToDepth(tensor(gpu(), x.data, x.shape), 2).data();
    const z = new NdArray([2, 12, 2, 3], Float64Array.from(out));
    for (const [n, c, u, v, i, j] of [
      [0, 0, 0, 0, 0, 0],
      [1, 2, 1, 0, 1, 2],
      [0, 1, 0, 1, 1, 0],
    ] as const) {
      expect(z.at(n, (c * 2 + u) * 2 + v, i, j)).toBe(x.at(n, c, 2 * i + u, 2 * j + v));
    }
  });

  test("gradients equal central differences", () => {
    const x = new NdArray([1, 2, 4, 2], Float64Array.from(values(1, 16)));
    const z = new NdArray([1, 4, 2, 2], Float64Array.from(values(2, 16)));
    for (const report of [
      gradcheck((t) => spaceToDepth(t, 2), [x]),
      gradcheck((t) => depthToSpace(t, 2), [z]),
    ]) {
      expect(report.ok, report.message).toBe(true);
    }
  });

  test("sizes that do not divide are refused", () => {
    using _scope = gpu().scope();
    const x = tensor(gpu(), values(1, 15), [1, 1, 3, 5]);
    expect(() => spaceToDepth(x, 2)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: spaceToDepth: x [1, 1, 3, 5] does not divide into blocks of 2 × 2. Give [N, C, H, W] with H and W multiples of 2.]`,
    );
    expect(() => depthToSpace(x, 2)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: depthToSpace: z [1, 1, 3, 5] has no 2 × 2 pixels in its channels. Give [N, C·4, H, W].]`,
    );
  });
});
