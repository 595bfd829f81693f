import fc from "fast-check";
import { expect } from "vitest";
import { grad } from "../../src/autograd/grad.js";
import { crossEntropy } from "../../src/ops/cross-entropy.js";
import { sum } from "../../src/ops/sum.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import { opSuite } from "../op-suite.js";

const of = (n: number, k: number, below = k) => ({
  inputs: [{ shape: [n, k] }, { shape: [n], below }],
  attrs: {},
});

opSuite("crossEntropy", {
  apply: ([logits, targets]) => crossEntropy(logits!, targets!),
  arbitrary: fc
    .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 130 }))
    .map(([n, k]) => of(n, k)),
  // The last but one: targets past the end count as the last class, in kernel and reference.
  edges: [of(0, 3), of(1, 1), of(2, 63), of(2, 64), of(2, 65), of(4, 5, 20), of(65_537, 2)],
  gradients: [of(1, 1), of(3, 5), of(2, 9)],
  laws: {
    "a uniform row costs log K, also far from 0": async (device) => {
      const logits = tensor(device, [1e4, 1e4, 1e4, 1e4, 0, 0, 0, 0], [2, 4]);
      const y = await crossEntropy(logits, tensor(device, Uint32Array.of(1, 3), [2])).data();
      expect(y[0]).toBeCloseTo(Math.log(4), 3);
      expect(y[1]).toBeCloseTo(Math.log(4), 6);
    },
    "a logit of -1e9 takes no part and gets no gradient": async (device) => {
      const targets = tensor(device, Uint32Array.of(0), [1]);
      const logits = tensor(device, [0, 0, -1e9], [1, 3]);
      const [dx] = grad((x) => sum(crossEntropy(x!, targets)))(logits);
      expect([...(await dx!.data())].map((v) => v + 0)).toEqual([-0.5, 0.5, 0]);
      expect(await crossEntropy(logits, targets).item()).toBeCloseTo(Math.log(2), 6);
    },
  },
  errors: {
    "logits of rank 1": (device) => {
      const targets = zeros(device, [3], { dtype: "u32" });
      expect(() => crossEntropy(zeros(device, [3]), targets)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: crossEntropy: logits [3] are not [N, K] with K ≥ 1. Give one row of logits for each sample.]`,
      );
    },
    "no class": (device) => {
      const targets = zeros(device, [3], { dtype: "u32" });
      expect(() => crossEntropy(zeros(device, [3, 0]), targets)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: crossEntropy: logits [3, 0] are not [N, K] with K ≥ 1. Give one row of logits for each sample.]`,
      );
    },
    "too few targets": (device) => {
      const targets = zeros(device, [2], { dtype: "u32" });
      expect(() => crossEntropy(zeros(device, [3, 4]), targets)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: crossEntropy: targets [2] do not fit logits [3, 4]. Give one class for each row: [3].]`,
      );
    },
  },
});
