import fc from "fast-check";
import { expect } from "vitest";
import { grad } from "../../src/autograd/grad.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import { mul } from "../../src/ops/binary.js";
import { concat } from "../../src/ops/concat.js";
import { slice } from "../../src/ops/slice.js";
import { sum } from "../../src/ops/sum.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import { opSuite, shapes } from "../op-suite.js";

const of = (axis: number, ...list: number[][]) => ({
  inputs: list.map((shape) => ({ shape })),
  attrs: { axis },
});

opSuite("concat", {
  apply: (inputs, { axis }) => concat(inputs, axis),
  arbitrary: fc
    .tuple(
      shapes(3, 5),
      fc.nat({ max: 2 }),
      fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 4 }),
    )
    .map(([shape, axis, sizes]) =>
      of(axis, ...sizes.map((size) => shape.map((s, i) => (i === axis ? size : s)))),
    ),
  edges: [
    of(0, [1]),
    of(-1, [0], [0]),
    of(0, [63], [1], [65]),
    of(1, [2, 3, 4, 4], [2, 1, 4, 4]),
    of(-1, [2, 64], [2, 65]),
  ],
  laws: {
    "a slice gives back what went in": async (device) => {
      const a = tensor(device, [1, 2], [2, 1]);
      const b = tensor(device, [3, 4, 5, 6], [2, 2]);
      const y = concat([a, b], 1);
      expect([...(await y.data())]).toEqual([1, 3, 4, 2, 5, 6]);
      expect(await slice(y, { axis: 1, start: 1 }).data()).toEqual(await b.data());
    },
    integers: async (device) => {
      const [a, b] = [Uint32Array.of(1, 2 ** 31), Uint32Array.of(3)];
      const y = concat([tensor(device, a), tensor(device, b)], 0);
      expect(await y.data()).toEqual(Uint32Array.of(1, 2 ** 31, 3));
    },
    "a frozen part gets no cotangent, and shifts those of the others": async (device) => {
      const weights = tensor(device, [1, 2, 10, 20], [4]);
      const frozen = zeros(device, [1]);
      const f = grad((x) => sum(mul(concat([frozen, x], 0), weights)));
      const [dx] = f(zeros(device, [3]));
      expect([...(await dx!.data())]).toEqual([2, 10, 20]);
    },
    "one tensor twice gets both cotangents": async (device) => {
      const weights = tensor(device, [1, 2, 10, 20], [4]);
      const f = grad((x) => sum(mul(concat([x, x], 0), weights)));
      const [dx] = f(zeros(device, [2]));
      expect([...(await dx!.data())]).toEqual([11, 22]);
    },
  },
  errors: {
    nothing: () => {
      expect(() => concat([], 0)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: concat: no tensor was given. Give at least one.]`,
      );
    },
    "another size elsewhere": (device) => {
      const inputs = [zeros(device, [2, 3]), zeros(device, [3, 3])];
      expect(() => concat(inputs, 1)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: concat: [2, 3] and [3, 3] differ elsewhere than along axis 1. Make all other sizes equal.]`,
      );
    },
    "another rank": (device) => {
      const inputs = [zeros(device, [2, 3]), zeros(device, [2])];
      expect(() => concat(inputs, 0)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: concat: [2, 3] and [2] differ elsewhere than along axis 0. Make all other sizes equal.]`,
      );
    },
    "two devices": () => {
      const inputs = [zeros(new ReferenceDevice(), [2]), zeros(new ReferenceDevice(), [2])];
      expect(() => concat(inputs, 0)).toThrowErrorMatchingInlineSnapshot(
        `[DeviceError: concat: inputs are on different devices (float64 reference, float64 reference). Make all of them on one device.]`,
      );
    },
    "two element types": (device) => {
      const inputs = [zeros(device, [2]), zeros(device, [2], { dtype: "u32", label: "ids" })];
      expect(() => concat(inputs, 0)).toThrowErrorMatchingInlineSnapshot(
        `[DtypeError: concat: tensor is f32 and ids is u32. Make them alike with cast(x, "f32").]`,
      );
    },
  },
});
