import fc from "fast-check";
import { expect } from "vitest";
import { grad } from "../../src/autograd/grad.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import { mul, pow } from "../../src/ops/binary.js";
import { argsort, sort, topK } from "../../src/ops/sort.js";
import { sum } from "../../src/ops/sum.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import { expectClose, opSuite } from "../op-suite.js";
import { integers, values } from "../random.js";

interface Attrs {
  readonly descending: boolean;
  readonly k: number;
}
const of = (shape: number[], k = shape.at(-1)!, descending = false) => ({
  inputs: [{ shape }],
  attrs: { descending, k },
});
const rowsAndCols = fc.tuple(
  fc.integer({ min: 1, max: 4 }),
  fc.integer({ min: 1, max: 20 }),
  fc.nat(),
  fc.boolean(),
);

opSuite<Attrs>("sort", {
  apply: ([x], options) => sort(x!, options).values,
  arbitrary: rowsAndCols.map(([rows, cols, , down]) => of([rows, cols], cols, down)),
  edges: [
    of([0]),
    of([3, 0]),
    of([1]),
    of([2, 2]),
    of([3, 63]),
    of([3, 64]),
    of([2, 2, 65]),
    of([2, 1023]),
    of([2, 1024], 1024, true),
    of([2, 1025]),
    of([1, 3000], 3000, true),
  ],
  laws: {
    "rows of 4096 and 5001 come out ordered": async (device) => {
      for (const cols of [4096, 5001]) {
        const x = values(cols, 2 * cols);
        const got = await sort(tensor(device, x, [2, cols])).values.data();
        expect(got.slice(0, cols)).toEqual(x.slice(0, cols).sort());
        expect(got.slice(cols)).toEqual(x.slice(cols).sort());
      }
    },
    "NaN stands behind all numbers, or before them when descending": async (device) => {
      const x = [2, Number.NaN, -1, Infinity, Number.NaN, 0, Infinity];
      for (const on of [device, new ReferenceDevice()]) {
        using _scope = on.scope();
        const order = await argsort(tensor(on, x)).data();
        expect([...order]).toEqual([2, 5, 0, 3, 6, 1, 4]);
        const back = await argsort(tensor(on, x), { descending: true }).data();
        expect([...back]).toEqual([1, 4, 3, 6, 0, 5, 2]);
      }
    },
    "equal values keep their order, both ways": async (device) => {
      const n = 2500;
      const x = Float32Array.from(integers(3, n, 4));
      const places = [...x.keys()];
      const up = places.toSorted((i, j) => x[i]! - x[j]!);
      const down = places.toSorted((i, j) => x[j]! - x[i]!);
      expect([...(await argsort(tensor(device, x)).data())]).toEqual(up);
      const back = argsort(tensor(device, x), { descending: true });
      expect([...(await back.data())]).toEqual(down);
    },
    "the second derivative follows each value to its place": async (device) => {
      const x = tensor(device, [3, 1, 2]);
      const weights = tensor(device, [1, 10, 100]);
      const f = grad((v) => sum(mul(pow(sort(v).values, 3), weights)));
      const [d2] = grad((v) => sum(f(v)[0]!))(x);
      // 6 x times the weight of its rank.
      expectClose(await d2!.data(), [1800, 6, 120], 1e-5, "second derivative");
    },
    "integers, of both kinds": async (device) => {
      const signed = tensor(device, Int32Array.of(3, -(2 ** 31), 2 ** 31 - 1, -1));
      expect(await sort(signed).values.data()).toEqual(
        Int32Array.of(-(2 ** 31), -1, 3, 2 ** 31 - 1),
      );
      const unsigned = tensor(device, Uint32Array.of(3, 2 ** 32 - 1, 2 ** 31, 0));
      const { values: down } = sort(unsigned, { descending: true });
      expect(await down.data()).toEqual(Uint32Array.of(2 ** 32 - 1, 2 ** 31, 3, 0));
    },
    "infinities, zeros of both signs, and NaN last": async (device) => {
      const x = [Number.NaN, 1, -0, 0, -Infinity, Infinity, -1e-40, -2, Number.NaN];
      const up = await argsort(tensor(device, x)).data();
      expect([...up]).toEqual([4, 7, 6, 2, 3, 1, 5, 0, 8]);
      const down = await argsort(tensor(device, x), { descending: true }).data();
      expect([...down]).toEqual([0, 8, 5, 1, 2, 3, 6, 7, 4]);
    },
  },
  errors: {
    "a number": (device) => {
      expect(() => sort(zeros(device, []))).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: sort: x [] has rank 0, expected at least 1. Add axes with reshape.]`,
      );
    },
  },
});

opSuite<Attrs>("topK", {
  apply: ([x], { k, descending }) => topK(x!, k, { largest: descending }).values,
  arbitrary: rowsAndCols.map(([rows, cols, k, down]) => of([rows, cols], k % (cols + 1), down)),
  edges: [of([3, 5], 0), of([2, 3, 100], 7, true), of([1, 2100], 3, true)],
  laws: {
    "values are where the indices say, the first of equal ones first": async (device) => {
      const { values: best, indices } = topK(tensor(device, [3, 7, 1, 7, 5, 7], [1, 6]), 4);
      expect([...(await best.data())]).toEqual([7, 7, 7, 5]);
      expect([...(await indices.data())]).toEqual([1, 3, 5, 4]);
      expect(indices.dtype).toBe("u32");
    },
  },
  errors: {
    "more than there are": (device) => {
      expect(() => topK(zeros(device, [2, 3]), 4)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: topK: rows of [2, 3] have 3 elements, not 4. Choose k from 0 to 3.]`,
      );
    },
  },
});

opSuite<Attrs>("argsort", {
  apply: ([x], options) => argsort(x!, options),
  arbitrary: rowsAndCols.map(([rows, cols, , down]) => of([rows, cols], cols, down)),
  gradients: false,
});
