import fc from "fast-check";
import { describe, expect } from "vitest";
import { grad } from "../../src/autograd/grad.js";
import { argmax, argmin } from "../../src/ops/arg-max.js";
import { embedding } from "../../src/ops/embedding.js";
import { type ReduceOptions, sum } from "../../src/ops/sum.js";
import { neg } from "../../src/ops/unary.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import { type OpCase, opSuite } from "../op-suite.js";
import { integers, values } from "../random.js";

const of = (shape: readonly number[], attrs: ReduceOptions = {}): OpCase<ReduceOptions> => ({
  inputs: [{ shape }],
  attrs,
});
const INF = Number.POSITIVE_INFINITY;

describe.each([
  ["argmax", argmax],
  ["argmin", argmin],
] as const)("%s", (name, arg) => {
  opSuite<ReduceOptions>(name, {
    apply: ([x], options) => arg(x!, options),
    arbitrary: fc
      .array(fc.integer({ min: 1, max: 9 }), { maxLength: 4 })
      .chain((shape) =>
        fc
          .tuple(fc.subarray(shape.map((_, i) => i)), fc.boolean())
          .map(([axes, keepDims]) => of(shape, { axes, keepDims })),
      ),
    edges: [
      ...[1, 31, 63, 64, 65, 33_000].map((n) => of([n])),
      of([]),
      of([0, 3], { axes: 1 }),
      of([5, 40], { axes: -1, keepDims: true }),
      of([1025, 33], { axes: 1 }),
      of([3, 13_000, 2], { axes: [0, 1] }),
    ],
    gradients: false,
    tolerance: 0,
    runs: 15,
    laws: {
      "the first of equals, across threads, workgroups and chunks": async (device) => {
        for (const n of [5, 40, 300, 70_000]) {
          const x = Float32Array.from(integers(n, n, 3), (v) => v - 1);
          const want = name === "argmax" ? x.indexOf(1) : x.indexOf(-1);
          expect(await arg(tensor(device, x)).item()).toBe(want);
          expect(await arg(zeros(device, [n])).item()).toBe(0);
          x.fill(0).fill(name === "argmax" ? 1 : -1, n - 2);
          expect(await arg(tensor(device, x)).item()).toBe(n - 2);
        }
      },
      "the first NaN beats every number; infinities are numbers": async (device) => {
        for (const n of [6, 300, 70_000]) {
          const x = values(n, n);
          x[1] = INF;
          x[2] = -INF;
          expect(await arg(tensor(device, x)).item()).toBe(name === "argmax" ? 1 : 2);
          x[3] = Number.NaN;
          x[n - 1] = Number.NaN;
          expect(await arg(tensor(device, x)).item()).toBe(3);
        }
        const same = tensor(device, [-INF, -INF, INF, INF], [2, 2]);
        expect([...(await arg(same, { axes: 1 }).data())]).toEqual([0, 0]);
      },
      "has type u32, so it indexes, and no derivative passes": async (device) => {
        const x = tensor(device, [1, 3, 2, 9, 7, 8], [2, 3]);
        const y = arg(x, { axes: 1 });
        expect(y.dtype).toBe("u32");
        const rows = embedding(tensor(device, [10, 20, 30], [3, 1]), y);
        expect([...(await rows.data())]).toEqual(name === "argmax" ? [20, 10] : [10, 20]);
        const [dx] = grad((t) => sum(embedding(x, arg(t, { axes: 1 }))))(x);
        expect((await dx!.data()).every((v) => v === 0)).toBe(true);
      },
      "argmin x = argmax −x": async (device) => {
        const x = tensor(device, values(4, 200), [4, 50]);
        const other = arg === argmax ? argmin : argmax;
        expect(await arg(neg(x), { axes: 1 }).data()).toEqual(await other(x, { axes: 1 }).data());
      },
    },
    errors: {
      "an empty axis": (device) => {
        const call = () => arg(zeros(device, [3, 0]), { axes: 1 });
        expect(call).toThrow(
          `${name}: axis 1 of [3, 0] is empty and has no ${name.replace("arg", "")}imum. ` +
            "Reduce axes of at least one element.",
        );
      },
    },
  });
});
