import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gradcheck } from "../../src/autograd/gradcheck.js";
import { decode, encode, latentChannels } from "../../src/models/autoencoder/block-dct.js";
import { tensor } from "../../src/tensor/create.js";
import { NdArray } from "../../src/tensor/ndarray.js";
import { testDevice } from "../device.js";
import { expectClose } from "../op-suite.js";
import { values } from "../random.js";

const gpu = testDevice();
const size = fc.integer({ min: 1, max: 3 });

describe("blocks as cosines", () => {
  test("with all diagonals, decoding what was encoded gives the picture", async () => {
    await fc.assert(
      fc.asyncProperty(size, size, size, size, async (n, i, j, block) => {
        using _scope = gpu().scope();
        const config = { block, diagonals: [2 * block - 1, 2 * block - 1, 2 * block - 1] };
        const x = tensor(gpu(), values(1, n * 3 * i * j * block * block), [
          n,
          3,
          i * block,
          j * block,
        ]);
        const z = encode(x, config);
        expect(z.shape).toEqual([n, 3 * block * block, i, j]);
        expectClose(await decode(z, config).data(), await x.data(), 1e-5, "there and back");
      }),
      { numRuns: 20 },
    );
  });

  test("rows are orthonormal: encoding what was decoded gives the latents, and lengths stay", async () => {
    using _scope = gpu().scope();
    const config = { block: 4, diagonals: [4, 3, 2] };
    const z = tensor(gpu(), values(3, 2 * 19 * 6), [2, 19, 2, 3]);
    const x = decode(z, config);
    expect(x.shape).toEqual([2, 3, 8, 12]);
    expectClose(await encode(x, config).data(), await z.data(), 1e-5, "back and there");
    const squares = (data: ArrayLike<number>): number =>
      Array.from(data).reduce((a, v) => a + v * v, 0);
    expect(squares(await x.data())).toBeCloseTo(squares(await z.data()), 3);
  });

  test("one diagonal keeps the mean colour of every block", async () => {
    using _scope = gpu().scope();
    const config = { block: 2, diagonals: [1, 1, 1] };
    const x = Float32Array.from(values(5, 3 * 4 * 2));
    const y = await decode(encode(tensor(gpu(), x, [1, 3, 4, 2]), config), config).data();
    const means = [0, 1, 2, 3, 4, 5].flatMap((block) => {
      const own = x.slice(4 * block, 4 * block + 4);
      return Array<number>(4).fill(own.reduce((a, v) => a + v, 0) / 4);
    });
    expectClose(y, Float32Array.from(means), 1e-5, "means");
  });

  test("channels are counted by diagonals", () => {
    expect(latentChannels({ block: 4, diagonals: [4, 3, 2] })).toBe(10 + 6 + 3);
    expect(latentChannels({ block: 4, diagonals: [7, 7, 7] })).toBe(48);
    expect(latentChannels({ block: 2, diagonals: [9, 1, 1] })).toBe(4 + 1 + 1);
  });

  test("gradients equal central differences", () => {
    const config = { block: 2, diagonals: [2, 1, 1] };
    const x = new NdArray([1, 3, 4, 2], Float64Array.from(values(1, 24)));
    const z = new NdArray([1, 5, 2, 1], Float64Array.from(values(2, 10)));
    for (const report of [
      gradcheck((t) => encode(t, config), [x]),
      gradcheck((t) => decode(t, config), [z]),
    ]) {
      expect(report.ok, report.message).toBe(true);
    }
  });

  test("what does not fit is refused", () => {
    using _scope = gpu().scope();
    const config = { block: 2, diagonals: [2, 1, 1] };
    const x = tensor(gpu(), values(1, 45), [1, 3, 3, 5]);
    expect(() => encode(x, config)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: encode: x [1, 3, 3, 5] does not divide into blocks of 2 × 2. Give [N, 3, H, W] with H and W multiples of 2.]`,
    );
    expect(() => decode(x, config)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: decode: z [1, 3, 3, 5] is not made of 5 cosines. Give [N, 5, H, W].]`,
    );
    expect(() => encode(x, { block: 1, diagonals: [1] })).toThrowErrorMatchingInlineSnapshot(
      `[UsageError: block DCT: diagonals has 1 entries. Give one for each of the 3 colour axes.]`,
    );
  });
});
