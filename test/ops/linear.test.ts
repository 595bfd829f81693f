import fc from "fast-check";
import { expect } from "vitest";
import { GpuDevice } from "../../src/device/device.js";
import { add } from "../../src/ops/binary.js";
import { linear } from "../../src/ops/linear.js";
import { matmul } from "../../src/ops/matmul.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import { expectClose, type OpCase, opSuite } from "../op-suite.js";
import { values } from "../random.js";

const of = (x: number[], outputs: number, bias = true): OpCase<object> => ({
  inputs: [
    { shape: x },
    { shape: [outputs, x.at(-1) ?? 0] },
    ...(bias ? [{ shape: [outputs] }] : []),
  ],
  attrs: {},
});
const size = fc.integer({ min: 1, max: 20 });

opSuite<object>("linear", {
  apply: ([x, w, bias]) => linear(x!, w!, bias),
  arbitrary: fc
    .record({
      lead: fc.constantFrom([], [1], [5], [2, 3], [17]),
      size,
      outputs: size,
      bias: fc.boolean(),
    })
    .map(({ lead, size, outputs, bias }) => of([...lead, size], outputs, bias)),
  edges: [
    of([1], 1),
    of([0, 3], 4),
    of([3, 0], 4),
    of([2, 3], 0),
    of([17, 7], 33),
    of([33, 8], 36),
    of([2, 31, 12], 35),
    of([1, 100], 3),
    of([65_537, 2], 2, false),
  ],
  kernels: ["fast", "wide", "naive"],
  laws: {
    "a product, and a sum": async (device) => {
      const x = tensor(device, values(1, 6 * 37), [2, 3, 37]);
      const w = tensor(device, values(2, 21 * 37), [21, 37]);
      const bias = tensor(device, values(3, 21), [21]);
      const want = await add(matmul(x, w, { transposeB: true }), bias).data();
      expectClose(await linear(x, w, bias).data(), want, 1e-6, "linear");
    },
    "with its bias it is one launch": (device) => {
      if (!(device instanceof GpuDevice)) throw new Error("no GPU device");
      const [x, w, bias] = [zeros(device, [5, 8]), zeros(device, [3, 8]), zeros(device, [3])];
      const before = device.stats.dispatches;
      linear(x!, w!, bias);
      expect(device.stats.dispatches - before).toBe(1);
    },
  },
  errors: {
    "sizes that do not fit": (device) => {
      expect(() =>
        linear(zeros(device, [2, 3]), zeros(device, [3, 2])),
      ).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: linear: sizes do not fit: x is [2, 3], w is [3, 2]. Give x [..., K] and w [N, K].]`,
      );
    },
    "a bias that does not fit": (device) => {
      const [x, w] = [zeros(device, [2, 3]), zeros(device, [4, 3])];
      expect(() => linear(x, w, zeros(device, [3]))).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: linear: bias is [3], w is [4, 3]. Give a bias [4].]`,
      );
    },
  },
});
