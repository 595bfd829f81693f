/** A plan walks both operands as NumPy's rules say, with as few axes as can be. */
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type BroadcastAxis,
  broadcastCall,
  MAX_BROADCAST_AXES,
  planBroadcast,
} from "../../../src/ops/shared/broadcast.js";
import { broadcastShapes, type Shape, sizeOf } from "../../../src/tensor/shape.js";

/** Places in a and b for every element of the result, in order. */
function walk(axes: readonly BroadcastAxis[]): [number, number][] {
  return axes.reduce<[number, number][]>(
    (places, { size, a, b }) =>
      places.flatMap(([i, j]) =>
        Array.from({ length: size }, (_, n): [number, number] => [i + n * a, j + n * b]),
      ),
    [[0, 0]],
  );
}

/** The place in `shape` of a result's element, by its index along every axis. */
function placeIn(shape: Shape, index: readonly number[]): number {
  const own = index.slice(index.length - shape.length);
  return shape.reduce((at, size, i) => at * size + (size === 1 ? 0 : own[i]!), 0);
}

function indices(shape: Shape): number[][] {
  return shape.reduce<number[][]>(
    (all, size) => all.flatMap((head) => Array.from({ length: size }, (_, n) => [...head, n])),
    [[]],
  );
}

const pair = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.constantFrom("both", "a", "b")), {
    maxLength: 5,
  })
  .chain((axes) =>
    fc.tuple(fc.nat(axes.length), fc.nat(axes.length)).map(([cutA, cutB]) => {
      const of = (who: string, cut: number): number[] => {
        const whole = axes.map(([size, where]) => (where === "both" || where === who ? size : 1));
        const ones = whole.findIndex((size) => size > 1);
        return whole.slice(Math.min(cut, ones < 0 ? whole.length : ones));
      };
      return [of("a", cutA), of("b", cutB)] as const;
    }),
  );

test("every element of the result meets those of its index", () => {
  fc.assert(
    fc.property(pair, ([a, b]) => {
      const out = broadcastShapes("test", a, b);
      const want = indices(out).map((index) => [placeIn(a, index), placeIn(b, index)]);
      expect(walk(planBroadcast(a, b, out))).toEqual(want);
    }),
  );
});

test("axes that both operands walk alike are one", () => {
  const plan = (a: Shape, b: Shape): BroadcastAxis[] =>
    planBroadcast(a, b, broadcastShapes("test", a, b));
  expect(plan([2, 3, 4, 5], [2, 3, 4, 5])).toEqual([{ size: 120, a: 1, b: 1 }]);
  expect(plan([2, 3, 4, 5], [3, 1, 1])).toEqual([
    { size: 2, a: 60, b: 0 },
    { size: 3, a: 20, b: 1 },
    { size: 20, a: 1, b: 0 },
  ]);
  expect(plan([2, 7, 5], [5])).toEqual([
    { size: 14, a: 5, b: 0 },
    { size: 5, a: 1, b: 1 },
  ]);
  expect(plan([], [1, 1])).toEqual([{ size: 1, a: 0, b: 0 }]);
});

test("a call has the whole size, by fours where the innermost axis can be cut so", () => {
  fc.assert(
    fc.property(pair, ([a, b]) => {
      const out = broadcastShapes("test", a, b);
      const axes = planBroadcast(a, b, out);
      if (axes.length > MAX_BROADCAST_AXES) return;
      const { vector, params } = broadcastCall(axes);
      const width = vector ? 4 : 1;
      expect(params.total * width).toBe(sizeOf(out));
      expect(params.inner * width).toBe(axes.at(-1)!.size);
      expect(vector).toBe(axes.at(-1)!.size % 4 === 0);
    }),
  );
});
