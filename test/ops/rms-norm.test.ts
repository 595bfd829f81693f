import fc from "fast-check";
import { describe, expect } from "vitest";
import { grad } from "../../src/autograd/grad.js";
import { gradcheck } from "../../src/autograd/gradcheck.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import type { Device } from "../../src/device/types.js";
import { mul } from "../../src/ops/binary.js";
import { reshape } from "../../src/ops/reshape.js";
import { rmsNorm } from "../../src/ops/rms-norm.js";
import { sum } from "../../src/ops/sum.js";
import { sumSquares } from "../../src/ops/sum-squares.js";
import { ones, tensor, zeros } from "../../src/tensor/create.js";
import { NdArray } from "../../src/tensor/ndarray.js";
import { sizeOf } from "../../src/tensor/shape.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { testDevice, testF16 } from "../device.js";
import { expectClose, opSuite, shapes } from "../op-suite.js";
import { values } from "../random.js";

const eps = 1e-5;

const of = (weighted: boolean, ...shape: number[]) => {
  const weight = weighted ? [{ shape: [shape.at(-1) ?? 1] }] : [];
  return { inputs: [{ shape }, ...weight], attrs: {} };
};

opSuite("rmsNorm", {
  apply: ([x, weight]) => rmsNorm(x!, { eps, weight }),
  arbitrary: fc
    .tuple(
      fc.boolean(),
      fc.oneof(shapes(0), shapes(1), shapes(2, 5)),
      fc.integer({ min: 2, max: 300 }),
    )
    .map(([weighted, lead, c]) => of(weighted, ...lead, c)),
  edges: [
    of(true, 0, 5),
    of(true, 3, 0),
    of(false, 3, 1),
    of(true, 63, 4),
    of(false, 65, 8),
    of(true, 3, 255),
    of(false, 3, 256),
    of(true, 3, 257),
    of(true, 3, 260),
    of(false, 2, 1280),
    of(true, 4_097, 5),
  ],
  gradients: [of(true, 2), of(false, 3, 5), of(true, 2, 2, 4), of(true, 1, 8)],
  tolerance: 2e-5,
  laws: {
    "every row has mean square 1": async (device) => {
      const x = tensor(device, values(4, 5 * 70), [5, 70]);
      const squares = sumSquares(rmsNorm(x, { eps: 0 }));
      expectClose(await squares.data(), Array(5).fill(70), 1e-5, "sums of squares");
    },
    "a positive factor of x changes nothing": async (device) => {
      const x = tensor(device, values(5, 3 * 33), [3, 33]);
      const want = await rmsNorm(x, { eps: 0 }).data();
      expectClose(await rmsNorm(mul(x, 7.5), { eps: 0 }).data(), want, 1e-5, "rmsNorm of 7.5 x");
    },
    "no weight is a weight of ones": async (device) => {
      const x = tensor(device, values(6, 4 * 9), [4, 9]);
      const want = await rmsNorm(x, { eps, weight: ones(device, [9]) }).data();
      expectClose(await rmsNorm(x, { eps }).data(), want, 1e-7, "rmsNorm without weight");
    },
    "its gradient can be differentiated": async (device) => {
      const inputs = [[3, 5], [5], [3, 5]].map((shape, i) => {
        return new NdArray(shape, Float64Array.from(values(i, sizeOf(shape))));
      });
      const dx = (x: Tensor, weight: Tensor, v: Tensor): Tensor =>
        grad((t) => sum(mul(v, rmsNorm(t!, { eps, weight }))))(x)[0]!;
      const report = gradcheck((x, weight, v) => dx(x!, weight!, v!), inputs);
      expect(report.ok, report.message).toBe(true);
      const unweighted = gradcheck(
        (x, v) => grad((t) => sum(mul(v!, rmsNorm(t!, { eps }))))(x!)[0]!,
        [inputs[0]!, inputs[2]!],
      );
      expect(unweighted.ok, unweighted.message).toBe(true);
      const on = (where: Device): Tensor[] =>
        grad((x, weight, v) => sumSquares(reshape(dx(x!, weight!, v!), [1, 15])))(
          ...inputs.map((a) => tensor(where, a.data, a.shape)),
        );
      const want = on(new ReferenceDevice());
      for (const [i, got] of on(device).entries()) {
        expectClose(await got.data(), want[i]!.reference.data, 1e-4, `second derivative ${i}`);
      }
      const [array, , v] = inputs;
      const plain = gradcheck(
        (x, w) => grad((t) => sum(mul(w!, rmsNorm(t!, { eps }))))(x!)[0]!,
        [array!, v!],
      );
      expect(plain.ok, plain.message).toBe(true);
    },
  },
  errors: {
    "a scalar": (device) => {
      expect(() => rmsNorm(zeros(device, []), { eps })).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: rmsNorm: x [] has rank 0, expected at least 1. Add axes with reshape.]`,
      );
    },
    "a weight of another size": (device) => {
      const options = { eps, weight: zeros(device, [5]) };
      const x = zeros(device, [2, 4]);
      expect(() => rmsNorm(x, options)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: rmsNorm: weight is [5], but rows of x [2, 4] have 4 elements. Give weight as [4].]`,
      );
    },
  },
});

describe("f16", () => {
  testF16("the reference's values, rounded", testDevice(), async (device) => {
    for (const shape of [
      [3, 33],
      [2, 3, 64],
    ]) {
      const of = (where: Device): Tensor =>
        tensor(where, values(7, sizeOf(shape)), shape, { dtype: "f16" });
      const got = rmsNorm(of(device), { eps });
      expect(got.dtype).toBe("f16");
      const want = rmsNorm(of(new ReferenceDevice()), { eps }).reference.data;
      expectClose(await got.data(), want, 1e-3, `f16 [${shape}]`);
    }
  });
});
