import fc from "fast-check";
import { expect } from "vitest";
import { sub } from "../../src/ops/binary.js";
import { mean } from "../../src/ops/mean.js";
import type { ReduceOptions } from "../../src/ops/sum.js";
import { full, tensor, zeros } from "../../src/tensor/create.js";
import { type OpCase, opSuite, shapes } from "../op-suite.js";

const of = (shape: readonly number[], attrs: ReduceOptions = {}): OpCase<ReduceOptions> => ({
  inputs: [{ shape }],
  attrs,
});

opSuite<ReduceOptions>("mean", {
  apply: ([x], options) => mean(x!, options),
  arbitrary: shapes(3).chain((shape) =>
    fc
      .tuple(fc.subarray([0, 1, 2]), fc.boolean())
      .map(([axes, keepDims]) => of(shape, { axes, keepDims })),
  ),
  edges: [...[1, 63, 64, 65].map((n) => of([n])), of([]), of([0, 3], { axes: 1 })],
  laws: {
    "of a constant is the constant": async (device) => {
      expect(await mean(full(device, [7, 9], 2.5)).item()).toBeCloseTo(2.5, 5);
    },
    "deviations from the mean have mean zero": async (device) => {
      const x = tensor(device, [1, 2, 4, 9, 0, 5], [2, 3]);
      const d = sub(x, mean(x, { axes: 1, keepDims: true }));
      for (const m of await mean(d, { axes: 1 }).data()) expect(m).toBeCloseTo(0, 6);
    },
  },
  errors: {
    "nothing to average": (device) => {
      const call = () => mean(zeros(device, [3, 0]), { axes: 1 });
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: mean: [3, 0] has no elements along axes [1]. Average at least one element.]`,
      );
    },
  },
});
