import fc from "fast-check";
import { describe, expect } from "vitest";
import { grad } from "../../src/autograd/grad.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import type { Device } from "../../src/device/types.js";
import { mul } from "../../src/ops/binary.js";
import { type PictureSize, resizeBilinear2d, resizeNearest2d } from "../../src/ops/resize.js";
import { sum } from "../../src/ops/sum.js";
import { square } from "../../src/ops/unary.js";
import { upsampleNearest2d } from "../../src/ops/upsample.js";
import { ones, tensor, zeros } from "../../src/tensor/create.js";
import { sizeOf } from "../../src/tensor/shape.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { testDevice, testF16 } from "../device.js";
import { expectClose, opSuite, shapes } from "../op-suite.js";
import { values } from "../random.js";

type Resize = (x: Tensor, size: PictureSize) => Tensor;

const of = (shape: number[], size: PictureSize) => ({ inputs: [{ shape }], attrs: { size } });

const arbitrary = fc
  .tuple(shapes(2, 3), shapes(2, 11), shapes(2, 17))
  .map(([planes, picture, [height = 1, width = 1]]) =>
    of([...planes, ...picture], [height, width]),
  );

const edges = [
  of([0, 2, 3, 3], [2, 2]),
  of([1, 1, 1, 1], [5, 1]),
  of([2, 1, 7, 9], [1, 1]),
  of([1, 1, 1, 64], [1, 65]),
  of([1, 2, 3, 63], [7, 2]),
  of([1, 1, 2, 2], [40, 33]),
];

/** ⟨resize x, y⟩ = ⟨x, its transpose y⟩, and the sum of the squares differentiated twice. */
const linear = (resize: Resize) => async (device: Device) => {
  const x = tensor(device, values(1, 2 * 5 * 7), [1, 2, 5, 7]);
  const y = tensor(device, values(2, 2 * 8 * 3), [1, 2, 8, 3]);
  const [back] = grad((t) => sum(mul(resize(t!, [8, 3]), y)))(x);
  const [left] = await sum(mul(resize(x, [8, 3]), y)).data();
  const [right] = await sum(mul(x, back!)).data();
  expectClose([right!], [left!], 1e-5, "inner product");
  // The derivative of Σ (resize x)² is 2 Rᵀ R x; that of its inner product with x is 4 Rᵀ R x.
  const slope = (t: Tensor): Tensor => grad((u) => sum(square(resize(u!, [8, 3]))))(t)[0]!;
  const [second] = grad((t) => sum(mul(slope(t!), t!)))(x);
  expectClose(await second!.data(), await mul(slope(x), 2).data(), 1e-5, "second derivative");
};

opSuite("resizeBilinear2d", {
  apply: ([x], { size }) => resizeBilinear2d(x!, size),
  arbitrary,
  edges,
  laws: {
    "halfway between two pixels lies their mean": async (device) => {
      const x = tensor(device, [0, 8], [1, 1, 1, 2]);
      expect([...(await resizeBilinear2d(x, [2, 4]).data())]).toEqual([0, 2, 6, 8, 0, 2, 6, 8]);
    },
    "half the size is the mean of blocks": async (device) => {
      const x = tensor(device, [1, 2, 3, 4, 5, 6, 7, 8], [1, 1, 2, 4]);
      expect([...(await resizeBilinear2d(x, [1, 2]).data())]).toEqual([3.5, 5.5]);
    },
    "what is constant stays so": async (device) => {
      const y = resizeBilinear2d(ones(device, [1, 2, 5, 7]), [13, 3]);
      expectClose(await y.data(), Array(2 * 13 * 3).fill(1), 1e-6, "ones");
    },
    "a slope stays one, away from the borders": async (device) => {
      const x = tensor(
        device,
        Float32Array.from({ length: 10 }, (_, j) => j),
        [1, 1, 1, 10],
      );
      const y = await resizeBilinear2d(x, [1, 25]).data();
      const want = Float32Array.from({ length: 21 }, (_, j) => (j + 2.5) / 2.5 - 0.5);
      expectClose(y.subarray(2, 23), want, 1e-6, "slope");
    },
    "the same size changes nothing, in more than 65 535 workgroups too": async (device) => {
      const data = values(8, 33_000 * 8 * 16);
      const x = tensor(device, data, [33_000, 1, 8, 16]);
      expectClose(await resizeBilinear2d(x, [8, 16]).data(), data, 0, "picture");
      const [dx] = grad((t) => sum(resizeBilinear2d(t!, [8, 16])))(x);
      expectClose(await dx!.data(), data.fill(1), 0, "derivative");
    },
    "linear: its derivative is its transpose, twice": linear(resizeBilinear2d),
  },
  errors: {
    "rank 3": (device) => {
      const x = zeros(device, [2, 3, 3]);
      expect(() => resizeBilinear2d(x, [2, 2])).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: resizeBilinear2d: x [2, 3, 3] has rank 3, expected 4. Give pictures [N, C, H, W].]`,
      );
    },
    "no pixels": (device) => {
      const x = zeros(device, [1, 1, 0, 3]);
      expect(() => resizeBilinear2d(x, [2, 2])).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: resizeBilinear2d: pictures of 0 × 3 cannot become 2 × 2. Give integers ≥ 1, and not many thousands.]`,
      );
    },
  },
});

opSuite("resizeNearest2d", {
  apply: ([x], { size }) => resizeNearest2d(x!, size),
  arbitrary,
  edges,
  laws: {
    "any factor": async (device) => {
      const x = tensor(device, [1, 2, 3], [1, 1, 1, 3]);
      expect([...(await resizeNearest2d(x, [1, 5]).data())]).toEqual([1, 1, 2, 2, 3]);
      expect([...(await resizeNearest2d(x, [1, 2]).data())]).toEqual([1, 2]);
    },
    "a whole factor gives what upsampleNearest2d gives": async (device) => {
      const x = tensor(device, values(3, 2 * 3 * 5), [1, 2, 3, 5]);
      const want = await upsampleNearest2d(x, 3).data();
      expect(await resizeNearest2d(x, [9, 15]).data()).toEqual(want);
    },
    "linear: its derivative is its transpose, twice": linear(resizeNearest2d),
  },
  errors: {
    "half a pixel": (device) => {
      const x = zeros(device, [1, 1, 3, 3]);
      expect(() => resizeNearest2d(x, [4.5, 2])).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: resizeNearest2d: pictures of 3 × 3 cannot become 4.5 × 2. Give integers ≥ 1, and not many thousands.]`,
      );
    },
  },
});

describe("f16", () => {
  testF16("the reference's values, rounded", testDevice(), async (device) => {
    for (const shape of [
      [1, 2, 5, 7],
      [2, 1, 4, 4],
    ]) {
      const of = (where: Device): Tensor =>
        tensor(where, values(7, sizeOf(shape)), shape, { dtype: "f16" });
      const got = resizeBilinear2d(of(device), [7, 3]);
      expect(got.dtype).toBe("f16");
      const want = resizeBilinear2d(of(new ReferenceDevice()), [7, 3]).reference.data;
      expectClose(await got.data(), want, 1e-3, `f16 [${shape}]`);
    }
  });
});
