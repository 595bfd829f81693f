import fc from "fast-check";
import { expect } from "vitest";
import { flip } from "../../src/ops/flip.js";
import { permute } from "../../src/ops/permute.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import { opSuite, shapes } from "../op-suite.js";
import { values } from "../random.js";

const of = (shape: number[], axes: number[]) => ({ inputs: [{ shape }], attrs: { axes } });

opSuite("flip", {
  apply: ([x], { axes }) => flip(x!, axes),
  arbitrary: fc
    .tuple(shapes(4, 5), fc.subarray([0, 1, 2, 3]))
    .map(([shape, axes]) => of(shape, axes)),
  edges: [
    of([], []),
    of([1], [0]),
    of([0, 2], [0, 1]),
    of([65], [-1]),
    of([3, 64], [0]),
    // Eight axes that cannot be merged: more than a kernel walks.
    of([2, 3, 2, 2, 3, 2, 2, 3], [0, 2, 4, 6]),
    of([3, 2, 2, 2, 2, 2, 2, 4], [0, 2, 4, 6]),
  ],
  laws: {
    "twice is the identity, and by default all axes turn": async (device) => {
      const x = tensor(device, [1, 2, 3, 4, 5, 6], [2, 3]);
      expect([...(await flip(x).data())]).toEqual([6, 5, 4, 3, 2, 1]);
      expect([...(await flip(x, 1).data())]).toEqual([3, 2, 1, 6, 5, 4]);
      expect(await flip(flip(x, 0), 0).data()).toEqual(await x.data());
    },
    integers: async (device) => {
      expect(await flip(tensor(device, Uint32Array.of(1, 2, 3))).data()).toEqual(
        Uint32Array.of(3, 2, 1),
      );
    },
    "nine axes in the opposite order, and back": async (device) => {
      const x = tensor(device, values(1, 2 ** 9), Array(9).fill(2));
      const axes = [8, 7, 6, 5, 4, 3, 2, 1, 0];
      const y = await permute(x, axes).data();
      const bits = (i: number): string => i.toString(2).padStart(9, "0");
      const turned = (i: number): number => Number.parseInt([...bits(i)].reverse().join(""), 2);
      const want = await x.data();
      expect(Array.from(y)).toEqual(Array.from(y, (_, i) => want[turned(i)]));
    },
  },
  errors: {
    "no such axis": (device) => {
      expect(() => flip(zeros(device, [2]), 1)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: flip: axis 1 does not exist in a tensor of rank 1. Use -1 to 0.]`,
      );
    },
  },
});
