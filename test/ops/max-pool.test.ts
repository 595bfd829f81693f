import fc from "fast-check";
import { describe, expect } from "vitest";
import { grad } from "../../src/autograd/grad.js";
import { gradcheck } from "../../src/autograd/gradcheck.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import type { Device } from "../../src/device/types.js";
import { mul } from "../../src/ops/binary.js";
import { type MaxPoolOptions, maxPool2d } from "../../src/ops/max-pool.js";
import { sum } from "../../src/ops/sum.js";
import { square } from "../../src/ops/unary.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import { NdArray } from "../../src/tensor/ndarray.js";
import { sizeOf } from "../../src/tensor/shape.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { testDevice, testF16 } from "../device.js";
import { expectClose, opSuite, shapes } from "../op-suite.js";
import { values } from "../random.js";

const of = (shape: number[], attrs: MaxPoolOptions) => ({ inputs: [{ shape }], attrs });

opSuite("maxPool2d", {
  apply: ([x], attrs) => maxPool2d(x!, attrs),
  arbitrary: fc
    .record({
      planes: shapes(2, 3),
      h: fc.integer({ min: 4, max: 12 }),
      w: fc.integer({ min: 4, max: 12 }),
      size: fc.integer({ min: 1, max: 4 }),
      stride: fc.integer({ min: 1, max: 5 }),
      padding: fc.integer({ min: 0, max: 2 }),
    })
    .map(({ planes, h, w, size, stride, padding }) =>
      of([...planes, h, w], { size, stride, padding: Math.min(padding, Math.floor(size / 2)) }),
    ),
  edges: [
    of([0, 2, 3, 3], { size: 2 }),
    of([1, 1, 1, 1], { size: 1 }),
    of([1, 1, 1, 1], { size: 2, padding: 1 }),
    of([2, 3, 8, 8], { size: 3, stride: 2, padding: 1 }),
    of([1, 1, 7, 9], { size: 7, stride: 1 }),
    of([1, 1, 5, 64], { size: 5, stride: 3, padding: 2 }),
  ],
  laws: {
    "windows of one pixel change nothing, in more than 65 535 workgroups too": async (device) => {
      const data = values(8, 33_000 * 8 * 16);
      const x = tensor(device, data, [33_000, 1, 8, 16]);
      expectClose(await maxPool2d(x, { size: 1 }).data(), data, 0, "maxima");
      const [dx] = grad((t) => sum(maxPool2d(t!, { size: 1 })))(x);
      expectClose(await dx!.data(), data.fill(1), 0, "derivative");
    },
    "windows side by side, overlapping, and with padding": async (device) => {
      const x = tensor(device, [1, 5, 2, 3, -4, -1, 0, 9, 8, 7, 6, 4], [1, 1, 3, 4]);
      const pool = async (options: MaxPoolOptions) => [...(await maxPool2d(x, options).data())];
      expect(await pool({ size: 2 })).toEqual([5, 9]);
      expect(await pool({ size: 2, stride: 1 })).toEqual([5, 5, 9, 8, 7, 9]);
      expect(await pool({ size: 2, padding: 1 })).toEqual([1, 5, 3, 8, 7, 9]);
    },
    "padding never wins": async (device) => {
      const x = tensor(device, [-3, -2, -5, Number.NEGATIVE_INFINITY], [1, 2, 1, 2]);
      const y = maxPool2d(x, { size: 3, stride: 1, padding: 1 });
      expect([...(await y.data())]).toEqual([-2, -2, -5, -5]);
      const low = tensor(device, Array(4).fill(Number.NEGATIVE_INFINITY), [1, 1, 2, 2]);
      const [least] = await maxPool2d(low, { size: 2 }).data();
      expect(least).toBe(Number.NEGATIVE_INFINITY);
    },
    "among equals the first gets the derivative": async (device) => {
      const x = tensor(device, [2, 2, 1, 3, 2, 2, 3, 3], [1, 1, 2, 4]);
      const [dx] = grad((t) => sum(maxPool2d(t, { size: 2 })))(x);
      expect([...(await dx!.data())]).toEqual([1, 0, 0, 1, 0, 0, 0, 0]);
    },
    "NaN comes through, and its first place gets the derivative": async (device) => {
      for (const on of [device, new ReferenceDevice()]) {
        using _scope = on.scope();
        const x = tensor(on, [1, Number.NaN, 9, Number.NaN, 0, 2, 3, 4], [2, 1, 2, 2]);
        const [y, z] = await maxPool2d(x, { size: 2 }).data();
        expect([y, z]).toEqual([Number.NaN, 4]);
        const [dx] = grad((t) => sum(maxPool2d(t, { size: 2 })))(x);
        expect([...(await dx!.data())]).toEqual([0, 1, 0, 0, 0, 0, 0, 1]);
      }
    },
    "overlapping windows add their derivatives": async (device) => {
      const x = tensor(device, [0, 0, 0, 0, 7, 0, 0, 0, 0], [1, 1, 3, 3]);
      const [dx] = grad((t) => sum(maxPool2d(t, { size: 2, stride: 1 })))(x);
      expect([...(await dx!.data())]).toEqual([0, 0, 0, 0, 4, 0, 0, 0, 0]);
    },
    "its gradient can be differentiated": async (device) => {
      const options = { size: 3, stride: 2, padding: 1 };
      const shape = [2, 1, 5, 6];
      const x = new NdArray(shape, Float64Array.from(values(3, 60)));
      const slope = (t: Tensor): Tensor => grad((u) => sum(square(maxPool2d(u!, options))))(t)[0]!;
      const report = gradcheck((t) => mul(slope(t!), slope(t!)), [x]);
      expect(report.ok, report.message).toBe(true);
      const [got] = grad((t) => sum(slope(t!)))(tensor(device, x.data, shape));
      // Σ slope = 2 Σ y, whose derivative is 2 for each window that chose the pixel.
      const [counts] = grad((t) => sum(maxPool2d(t!, options)))(tensor(device, x.data, shape));
      expectClose(await got!.data(), await mul(counts!, 2).data(), 1e-6, "second derivative");
    },
  },
  errors: {
    "rank 2": (device) => {
      const x = zeros(device, [4, 4]);
      expect(() => maxPool2d(x, { size: 2 })).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: maxPool2d: x [4, 4] has rank 2, expected 4. Give pictures [N, C, H, W].]`,
      );
    },
    "a window larger than the picture": (device) => {
      const x = zeros(device, [1, 2, 3, 8]);
      expect(() => maxPool2d(x, { size: 4 })).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: maxPool2d: a window of 4 × 4 does not fit into pictures of 3 × 8 with padding 0. Enlarge the picture or make the window smaller.]`,
      );
    },
    "too much padding": (device) => {
      const x = zeros(device, [1, 2, 3, 8]);
      const options = { size: 3, padding: 2 };
      expect(() => maxPool2d(x, options)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: maxPool2d: size 3, stride 3, padding 2 cannot be. Give integers: size ≥ 1, stride ≥ 1, 0 ≤ padding ≤ size / 2.]`,
      );
    },
    "stride 0": (device) => {
      const x = zeros(device, [1, 2, 3, 8]);
      expect(() => maxPool2d(x, { size: 2, stride: 0 })).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: maxPool2d: size 2, stride 0, padding 0 cannot be. Give integers: size ≥ 1, stride ≥ 1, 0 ≤ padding ≤ size / 2.]`,
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
      const got = maxPool2d(of(device), { size: 3, stride: 2, padding: 1 });
      expect(got.dtype).toBe("f16");
      const want = maxPool2d(of(new ReferenceDevice()), { size: 3, stride: 2, padding: 1 })
        .reference.data;
      expectClose(await got.data(), want, 1e-3, `f16 [${shape}]`);
    }
  });
});
