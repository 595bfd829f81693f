import fc from "fast-check";
import { expect } from "vitest";
import { gather, scatterAdd } from "../../src/ops/gather.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import { expectClose, opSuite, shapes } from "../op-suite.js";
import { integers, values } from "../random.js";

const withSize = (shape: readonly number[], axis: number, size: number): number[] =>
  shape.map((s, i) => (i === axis ? size : s));

/** below: the size, or more, so that indices past the end come up. */
const gatherCase = (shape: number[], axis: number, count: number, below = shape[axis]!) => ({
  inputs: [{ shape }, { shape: withSize(shape, axis, count), below }],
  attrs: { axis },
});
const scatterCase = (shape: number[], axis: number, size: number, below = size) => ({
  inputs: [{ shape }, { shape, below }],
  attrs: { axis, size },
});
const drawn = fc.tuple(
  shapes(3, 5),
  fc.nat({ max: 2 }),
  fc.integer({ min: 1, max: 7 }),
  fc.nat({ max: 2 }),
);

opSuite("gather", {
  kernels: ["fast", "naive"],
  apply: ([x, index], { axis }) => gather(x!, index!, axis),
  arbitrary: drawn.map(([shape, axis, count, past]) =>
    gatherCase(shape, axis, count, shape[axis]! + past),
  ),
  edges: [
    gatherCase([1], 0, 1),
    gatherCase([3, 0], 0, 2),
    gatherCase([0, 2], 0, 0, 1),
    gatherCase([4, 2], 0, 0),
    gatherCase([3, 65], 1, 64),
    // Lines long enough for the gradient to sort them, with and without a stride.
    gatherCase([2, 5, 3], 1, 70, 7),
    gatherCase([3, 40], 1, 129),
  ],
  laws: {
    "each line by its own indices": async (device) => {
      const x = tensor(device, [0, 1, 2, 10, 11, 12], [2, 3]);
      const index = tensor(device, Uint32Array.of(2, 0, 9, 1), [2, 2]);
      expect([...(await gather(x, index, 1).data())]).toEqual([2, 0, 12, 11]);
      const down = tensor(device, Uint32Array.of(1, 0, 1), [1, 3]);
      expect([...(await gather(x, down, 0).data())]).toEqual([10, 1, 12]);
    },
  },
  errors: {
    "another size elsewhere": (device) => {
      const index = zeros(device, [3, 2], { dtype: "u32" });
      expect(() => gather(zeros(device, [2, 3]), index, 1)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: gather: x [2, 3] and index [3, 2] differ elsewhere than along axis 1. Make all other sizes equal, or use indexSelect.]`,
      );
    },
    "nothing to gather from": (device) => {
      const index = zeros(device, [2, 1], { dtype: "u32" });
      expect(() => gather(zeros(device, [2, 0]), index, 1)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: gather: axis 1 of [2, 0] is empty, and there are 2 indices. Give a tensor of at least one element there.]`,
      );
    },
    "indices that are no integers": (device) => {
      const x = zeros(device, [2]);
      expect(() => gather(x, x, 0)).toThrowErrorMatchingInlineSnapshot(
        `[DtypeError: gather: index is f32, expected u32. Convert it with cast(index, "u32").]`,
      );
    },
  },
});

opSuite("scatterAdd", {
  kernels: ["fast", "naive"],
  apply: ([src, index], options) => scatterAdd(src!, index!, options),
  arbitrary: drawn.map(([shape, axis, size, past]) => scatterCase(shape, axis, size, size + past)),
  edges: [
    scatterCase([1], 0, 1),
    scatterCase([0], 0, 3),
    scatterCase([2, 0], 1, 0, 1),
    scatterCase([31, 2], 0, 5),
    scatterCase([32, 2], 0, 5),
    scatterCase([2, 65, 3], 1, 9, 12),
    scatterCase([4, 130], 1, 200),
    scatterCase([1500], 0, 7),
  ],
  laws: {
    "the transpose of gather": async (device) => {
      const [n, size] = [90, 12];
      const index = tensor(device, integers(3, n, size));
      const [x, y] = [values(4, size), values(5, n)];
      const gathered = await gather(tensor(device, x), index, 0).data();
      const scattered = await scatterAdd(tensor(device, y), index, { axis: 0, size }).data();
      const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
        Array.from(a).reduce((sum, v, i) => sum + v * b[i]!, 0);
      expectClose([dot(gathered, y)], [dot(scattered, x)], 1e-5, "inner products");
    },
    "the same bits in every run, and whatever the kernel": async (device) => {
      const [n, size] = [3000, 5];
      const src = values(6, n);
      const ids = integers(7, n, size);
      const run = () =>
        scatterAdd(tensor(device, src), tensor(device, ids), { axis: 0, size }).data();
      const want = new Float32Array(size);
      src.forEach((v, i) => {
        want[ids[i]!]! += v;
      });
      expect(await run()).toEqual(want);
      expect(await run()).toEqual(want);
    },
  },
  errors: {
    "not one index for each element": (device) => {
      const index = zeros(device, [3], { dtype: "u32" });
      const call = () => scatterAdd(zeros(device, [2]), index, { axis: 0, size: 4 });
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: scatterAdd: src [2] and index [3] differ. Give one index for each element, or use indexAdd.]`,
      );
    },
    "no room": (device) => {
      const index = zeros(device, [2], { dtype: "u32" });
      const call = () => scatterAdd(zeros(device, [2]), index, { axis: 0, size: 0 });
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: scatterAdd: a result of size 0 has no room for src [2]. Give an integer ≥ 1.]`,
      );
    },
  },
});
