import fc from "fast-check";
import { expect } from "vitest";
import { ReferenceDevice } from "../../src/device/reference.js";
import { groupNorm, groupNormSilu } from "../../src/ops/group-norm.js";
import { silu } from "../../src/ops/unary.js";
import { ones, tensor, zeros } from "../../src/tensor/create.js";
import { expectClose, opSuite, shapes } from "../op-suite.js";
import { values } from "../random.js";

const eps = 1e-5;

const of = (groups: number, [n = 1, c = 1, ...rest]: number[]) => ({
  inputs: [{ shape: [n, c * groups, ...rest] }, { shape: [c * groups] }, { shape: [c * groups] }],
  attrs: { groups },
});

const cases = {
  arbitrary: fc
    .tuple(fc.integer({ min: 1, max: 4 }), fc.oneof(shapes(2, 5), shapes(3, 5), shapes(4, 5)))
    // Groups of two elements or more: the variance of one is 0, and its gradient a difference of
    // large numbers.
    .map(([groups, [n, c = 1, ...rest]]) => of(groups, [n ?? 1, c + 1, ...rest])),
  edges: [
    of(1, [0, 2, 4]),
    of(2, [2, 1, 1]),
    of(1, [1, 1, 63]),
    of(1, [1, 1, 8, 8]),
    of(1, [1, 1, 65]),
    of(4, [2, 8, 8, 8]),
    of(2, [2, 2, 5, 5]),
    of(8, [2, 4, 16, 16]),
  ],
  gradients: [of(2, [2, 2, 3]), of(1, [2, 3, 2, 2]), of(3, [2, 2]), of(2, [1, 1, 4, 4])],
  tolerance: 2e-5,
};

opSuite("groupNorm", {
  ...cases,
  apply: ([x, weight, bias], { groups }) =>
    groupNorm(x!, { groups, eps, weight: weight!, bias: bias! }),
  laws: {
    "groups have mean 0 and variance 1": async (device) => {
      const x = tensor(device, values(1, 2 * 8 * 16, 3, 7), [2, 8, 4, 4]);
      const options = { groups: 4, eps, weight: ones(device, [8]), bias: zeros(device, [8]) };
      const y = await groupNorm(x, options).data();
      for (let group = 0; group < 8; group++) {
        const part = [...y.subarray(32 * group, 32 * (group + 1))];
        const mean = part.reduce((a, b) => a + b, 0) / 32;
        expect(mean).toBeCloseTo(0, 5);
        expect(part.reduce((a, b) => a + b * b, 0) / 32).toBeCloseTo(1, 4);
      }
    },
    "more groups than one dimension of a grid holds": async (device) => {
      const rows = 65_537;
      const x = Float32Array.from({ length: 4 * rows }, (_, i) => (i % 4 < 2 ? -1 : 1));
      const options = { groups: 1, eps: 0, weight: ones(device, [1]), bias: zeros(device, [1]) };
      const y = await groupNorm(tensor(device, x, [rows, 1, 4]), options).data();
      expectClose(y, x, 1e-6, "rows that are normal already");
    },
    "stays accurate when the mean is 1e3 times the deviation": async (device) => {
      // float32 holds 1000 + v to 6e-5: the reference gets the same rounded values.
      const rounded = values(2, 4 * 16 * 16, -1, 1).map((v) => 1000 + v);
      const run = (where: typeof device | ReferenceDevice) =>
        groupNorm(tensor(where, rounded, [1, 4, 16, 16]), {
          groups: 2,
          eps,
          weight: ones(where, [4]),
          bias: zeros(where, [4]),
        });
      const want = run(new ReferenceDevice()).reference.data;
      expectClose(await run(device).data(), want, 2e-4, "groupNorm at 1e3");
    },
  },
  errors: {
    "a vector": (device) => {
      const c = zeros(device, [3]);
      const options = { groups: 1, eps, weight: c, bias: c };
      expect(() => groupNorm(c, options)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: groupNorm: x [3] has rank 1, expected at least 2. Give x as [N, C, ...].]`,
      );
    },
    "groups that do not divide": (device) => {
      const c = zeros(device, [10]);
      const options = { groups: 4, eps, weight: c, bias: c };
      const x = zeros(device, [2, 10, 3, 3]);
      expect(() => groupNorm(x, options)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: groupNorm: 10 channels do not split into 4 groups (x is [2, 10, 3, 3]). Choose a number of groups that divides the channels.]`,
      );
    },
    "a weight of another size": (device) => {
      const options = { groups: 4, eps, weight: zeros(device, [6]), bias: zeros(device, [8]) };
      const x = zeros(device, [2, 8, 3, 3]);
      expect(() => groupNorm(x, options)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: groupNorm: weight is [6], but x [2, 8, 3, 3] has 8 channels. Give weight as [8].]`,
      );
    },
  },
});

opSuite("groupNormSilu", {
  ...cases,
  apply: ([x, weight, bias], { groups }) =>
    groupNormSilu(x!, { groups, eps, weight: weight!, bias: bias! }),
  laws: {
    "is silu after groupNorm": async (device) => {
      const x = tensor(device, values(1, 2 * 8 * 16), [2, 8, 4, 4]);
      const weight = tensor(device, values(2, 8));
      const bias = tensor(device, values(3, 8));
      const options = { groups: 4, eps, weight, bias };
      const want = await silu(groupNorm(x, options)).data();
      expectClose(await groupNormSilu(x, options).data(), want, 1e-5, "groupNormSilu");
    },
  },
});
