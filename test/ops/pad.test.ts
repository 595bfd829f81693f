import fc from "fast-check";
import { expect } from "vitest";
import { type PadWidth, pad } from "../../src/ops/pad.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import { opSuite, shapes } from "../op-suite.js";

const of = (shape: number[], widths: PadWidth[], value = 0) => ({
  inputs: [{ shape }],
  attrs: { widths, value },
});
const ends = fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 3 }));

opSuite("pad", {
  apply: ([x], { widths, value }) => pad(x!, widths, { value }),
  arbitrary: fc
    .tuple(shapes(3, 5), fc.array(ends, { maxLength: 3 }), fc.constantFrom(0, -1.5))
    .map(([shape, widths, value]) => of(shape, widths, value)),
  edges: [
    of([], []),
    of([0], [2], 3),
    of([3, 0], [1, [1, 2]]),
    of([63], [[0, 1]]),
    of([2, 3, 8], [0, 1, 4]),
    of([1, 1], [40, 40], 1),
  ],
  laws: {
    "a frame around a matrix": async (device) => {
      const y = pad(tensor(device, [1, 2], [1, 2]), [1, [0, 1]], { value: 9 });
      expect(y.shape).toEqual([3, 3]);
      expect([...(await y.data())]).toEqual([9, 9, 9, 1, 2, 9, 9, 9, 9]);
    },
    integers: async (device) => {
      const signed = pad(tensor(device, Int32Array.of(-5)), [1], { value: -7 });
      expect(await signed.data()).toEqual(Int32Array.of(-7, -5, -7));
      const unsigned = pad(tensor(device, Uint32Array.of(4_000_000_000)), [[0, 1]], { value: 3 });
      expect(await unsigned.data()).toEqual(Uint32Array.of(4_000_000_000, 3));
    },
  },
  errors: {
    "more widths than axes": (device) => {
      expect(() => pad(zeros(device, [2]), [1, 1])).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: pad: widths [1 + 1, 1 + 1] do not fit [2]. Give integers ≥ 0 for at most 1 axes.]`,
      );
    },
    "less than nothing": (device) => {
      expect(() => pad(zeros(device, [2, 2]), [[0, -1]])).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: pad: widths [0 + -1] do not fit [2, 2]. Give integers ≥ 0 for at most 2 axes.]`,
      );
    },
  },
});
