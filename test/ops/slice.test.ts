import fc from "fast-check";
import { describe, expect } from "vitest";
import { concat } from "../../src/ops/concat.js";
import { flip } from "../../src/ops/flip.js";
import { gather } from "../../src/ops/gather.js";
import { pad } from "../../src/ops/pad.js";
import {
  chunk,
  type PadAxisOptions,
  padAxis,
  type SliceOptions,
  slice,
} from "../../src/ops/slice.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import { testDevice, testF16 } from "../device.js";
import { opSuite, shapes } from "../op-suite.js";
import { values } from "../random.js";

const sliceCase = (shape: number[], attrs: SliceOptions) => ({ inputs: [{ shape }], attrs });
const padCase = (shape: number[], attrs: PadAxisOptions) => ({ inputs: [{ shape }], attrs });
const shapeAndAxis = shapes(3, 7).chain((shape) =>
  fc.tuple(fc.constant(shape), fc.integer({ min: 0, max: 2 })),
);

opSuite("slice", {
  apply: ([x], options) => slice(x!, options),
  arbitrary: shapeAndAxis.chain(([shape, axis]) =>
    fc
      .tuple(fc.nat({ max: shape[axis] ?? 0 }), fc.nat({ max: shape[axis] ?? 0 }))
      .map(([a, b]) => sliceCase(shape, { axis, start: Math.min(a, b), end: Math.max(a, b) })),
  ),
  edges: [
    sliceCase([5], { axis: 0, start: 2, end: 2 }),
    sliceCase([5], { axis: -1, start: -2 }),
    sliceCase([2, 5], { axis: 1, end: -1 }),
    sliceCase([2, 130], { axis: 1, start: 1, end: 66 }),
    sliceCase([2, 0], { axis: 0, end: 1 }),
    sliceCase([4, 64], { axis: 0, start: 1, end: 3 }),
    sliceCase([1, 5, 32], { axis: 1, start: 2, end: 3 }),
  ],
  laws: {
    "neighbours at a multiple of 256 bytes are a view, others a copy": async (device) => {
      const x = tensor(device, values(1, 4 * 32), [4, 32]);
      const shared = (range: SliceOptions): boolean => slice(x, range).sharesStorageWith(x);
      expect(shared({ axis: 0, start: 2, end: 3 })).toBe(true);
      expect(shared({ axis: 0, end: 3 })).toBe(true);
      expect(shared({ axis: 0, start: 1 })).toBe(false);
      expect(shared({ axis: 1, end: 16 })).toBe(false);
      expect(shared({ axis: 0, start: 2, end: 0, step: -1 })).toBe(false);
      const lower = slice(x, { axis: 0, start: 2 });
      x.dispose();
      expect(await lower.data()).toEqual(values(1, 4 * 32).slice(64));
    },
  },
  errors: {
    "past the end": (device) => {
      const x = zeros(device, [2, 3]);
      expect(() => slice(x, { axis: 1, start: 1, end: 4 })).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: slice: 1 to 4 is no range along axis 1 of [2, 3] (size 3). Choose 0 ≤ start ≤ end ≤ 3.]`,
      );
    },
    "no such axis": (device) => {
      expect(() => slice(zeros(device, [2]), { axis: 1 })).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: slice: axis 1 does not exist in a tensor of rank 1. Use -1 to 0.]`,
      );
    },
  },
});

interface Stepped {
  readonly ranges: readonly SliceOptions[];
}
const steppedCase = (shape: number[], ...ranges: SliceOptions[]) => ({
  inputs: [{ shape }],
  attrs: { ranges },
});

opSuite<Stepped>("slice with steps, on several axes", {
  apply: ([x], { ranges }) => slice(x!, ranges),
  arbitrary: fc
    .tuple(
      shapes(3, 7),
      fc.constantFrom([0], [2], [1, 0], [0, 2], [2, 1, 0]),
      fc.array(fc.tuple(fc.nat(), fc.nat(), fc.constantFrom(1, 2, 3, -1, -2, -3, 9)), {
        minLength: 3,
        maxLength: 3,
      }),
    )
    .map(([shape, axes, draws]) => {
      const ranges = axes.map((axis) => {
        const [a, b, step] = draws[axis]!;
        const size = shape[axis]!;
        const [low, high] = [a % (size + 1), b % (size + 1)].sort();
        return step > 0
          ? { axis, start: low!, end: high!, step }
          : { axis, start: a % size, end: Math.min(b, a) % ((a % size) + 1), step };
      });
      return steppedCase(shape, ...ranges);
    }),
  edges: [
    steppedCase([7], { axis: 0, step: 7 }),
    steppedCase([7], { axis: 0, step: -1 }),
    steppedCase([0], { axis: 0, step: -2 }),
    steppedCase([5, 0], { axis: 0, step: 2 }),
    steppedCase([8, 64], { axis: 0, step: -2 }, { axis: 1, step: 2 }),
    steppedCase([130], { axis: 0, start: 1, step: 2 }),
  ],
  laws: {
    "as in NumPy": async (device) => {
      const x = tensor(device, [0, 1, 2, 3, 4, 5, 6]);
      const of = async (range: Omit<SliceOptions, "axis">) => [
        ...(await slice(x, { axis: 0, ...range }).data()),
      ];
      expect(await of({ start: 1, step: 2 })).toEqual([1, 3, 5]);
      expect(await of({ step: -3 })).toEqual([6, 3, 0]);
      expect(await of({ start: -2, end: 1, step: -2 })).toEqual([5, 3]);
    },
    integers: async (device) => {
      const y = slice(tensor(device, Int32Array.of(-1, -2, -3)), { axis: 0, step: 2 });
      expect(await y.data()).toEqual(Int32Array.of(-1, -3));
    },
  },
  errors: {
    "no step": (device) => {
      const call = () => slice(zeros(device, [2]), { axis: 0, step: 0 });
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: slice: 0 is no step along axis 0 of [2]. Give an integer other than 0.]`,
      );
    },
    "past the end by a step": (device) => {
      const call = () => slice(zeros(device, [5]), { axis: 0, start: 1, end: 6, step: 2 });
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: slice: 1 to 6 is no range along axis 0 of [5] (size 5, step 2). Choose 0 ≤ start ≤ end ≤ 5.]`,
      );
    },
    "a start behind the end, without one": (device) => {
      const call = () => slice(zeros(device, [5]), { axis: 0, start: 6 });
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: slice: 6 to 5 is no range along axis 0 of [5] (size 5). Choose 0 ≤ start ≤ end ≤ 5.]`,
      );
    },
    "backwards from the front": (device) => {
      const call = () => slice(zeros(device, [5]), { axis: 0, start: 1, end: 3, step: -1 });
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: slice: 1 to 3 is no range along axis 0 of [5] (size 5, step -1). Choose 5 > start ≥ end ≥ 0.]`,
      );
    },
    "one axis twice": (device) => {
      const call = () => slice(zeros(device, [2]), [{ axis: 0 }, { axis: -1 }]);
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: slice: axes [0, 0] name one axis twice. Name each once.]`,
      );
    },
  },
});

opSuite("padAxis", {
  apply: ([x], options) => padAxis(x!, options),
  arbitrary: shapeAndAxis.chain(([shape, axis]) =>
    fc
      .tuple(fc.nat({ max: 4 }), fc.nat({ max: 4 }))
      .map(([before, after]) => padCase(shape, { axis, before, after })),
  ),
  edges: [
    padCase([0], { axis: 0, before: 2, after: 1 }),
    padCase([3, 0], { axis: 0, before: 2 }),
    padCase([63], { axis: -1, after: 1 }),
    padCase([2, 64], { axis: 1, before: 1 }),
  ],
  errors: {
    "less than nothing": (device) => {
      const x = zeros(device, [2]);
      expect(() => padAxis(x, { axis: 0, before: -1 })).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: padAxis: -1 zeros before and 0 after are no sizes. Give integers ≥ 0.]`,
      );
    },
  },
});

opSuite("chunk", {
  apply: ([x], { n, i, axis }) => chunk(x!, n, axis)[i]!,
  arbitrary: fc
    .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), fc.nat())
    .map(([n, size, i]) => ({
      inputs: [{ shape: [2, n * size, 3] }],
      attrs: { n, i: i % n, axis: 1 },
    })),
  laws: {
    "two halves": async (device) => {
      const [a, b] = chunk(tensor(device, [1, 2, 3, 4], [1, 4]), 2, -1);
      expect([...(await a!.data())]).toEqual([1, 2]);
      expect([...(await b!.data())]).toEqual([3, 4]);
    },
  },
  errors: {
    "a size that does not divide": (device) => {
      expect(() => chunk(zeros(device, [2, 5]), 2, -1)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: chunk: axis -1 of [2, 5] has size 5, which 2 does not divide. Choose a number of chunks that divides it.]`,
      );
    },
  },
});

describe("what moves elements moves halves", () => {
  const device = testDevice();
  testF16("slice, flip, pad, concat, gather", device, async (on) => {
    const x = tensor(on, [1, -2.5, 3, 2 ** -24, 65504, 6, 7, 8], [8], { dtype: "f16" });
    const odd = slice(x, { axis: 0, start: 1, end: 8, step: 3 });
    expect(odd.dtype).toBe("f16");
    expect([...(await odd.data())]).toEqual([-2.5, 65504, 8]);
    expect([...(await flip(odd).data())]).toEqual([8, 65504, -2.5]);
    expect([...(await pad(odd, [1], { value: 0.5 }).data())]).toEqual([0.5, -2.5, 65504, 8, 0.5]);
    expect([...(await concat([odd, x], 0).data())].slice(2, 7)).toEqual([8, 1, -2.5, 3, 2 ** -24]);
    const chosen = gather(x, tensor(on, Uint32Array.of(3, 0)), 0);
    expect([...(await chosen.data())]).toEqual([2 ** -24, 1]);
  });
});
