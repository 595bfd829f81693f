import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { advance, NdArray } from "../../src/tensor/ndarray.js";
import * as shape from "../../src/tensor/shape.js";

const anyShape = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 });

describe("shapes", () => {
  test("broadcasting commutes, is idempotent, and 1 is neutral", () => {
    const property = fc.property(anyShape, anyShape, (a, b) => {
      expect(shape.broadcastShapes("op", a, a)).toEqual(a);
      expect(shape.broadcastShapes("op", a, [])).toEqual(a);
      const attempt = (p: number[], q: number[]): number[] | string => {
        try {
          return shape.broadcastShapes("op", p, q);
        } catch {
          return "no";
        }
      };
      expect(attempt(a, b)).toEqual(attempt(b, a));
    });
    fc.assert(property);
  });

  test("strides address every element once, in order", () => {
    const property = fc.property(anyShape, (s) => {
      const strides = shape.stridesOf(s);
      NdArray.build(s, (index, flat) => {
        expect(index.reduce((at, i, axis) => at + i * strides[axis]!, 0)).toBe(flat);
        return 0;
      });
    });
    fc.assert(property);
  });

  test("advance counts like an odometer", () => {
    const index = [0, 1, 2];
    advance(index, [2, 2, 3]);
    expect(index).toEqual([1, 0, 0]);
  });

  test("axes count from the end, sorted; reduced shapes", () => {
    expect(shape.normalizeAxes("op", [-1, 0], 3)).toEqual([0, 2]);
    expect(shape.normalizeAxes("op", undefined, 2)).toEqual([0, 1]);
    expect(shape.reducedShape([2, 3, 4], [0, 2], false)).toEqual([3]);
    expect(shape.reducedShape([2, 3, 4], [0, 2], true)).toEqual([1, 3, 1]);
  });

  test("errors", () => {
    const { broadcastShapes, normalizeAxis, normalizeAxes, assertShape } = shape;
    expect(() => broadcastShapes("op", [2, 3], [4, 3])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: op: shapes [2, 3] and [4, 3] do not broadcast (2 ≠ 4). Sizes aligned at the right must be equal, or one of them 1.]`,
    );
    expect(() => normalizeAxis("op", 3, 2)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: op: axis 3 does not exist in a tensor of rank 2. Use -2 to 1.]`,
    );
    expect(() => normalizeAxes("op", [0, -2], 2)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: op: axes [0, -2] name one axis twice. Name each once.]`,
    );
    expect(() => assertShape("op", [2, -1])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: op: -1 is no size in shape [2, -1]. Sizes are integers ≥ 0.]`,
    );
  });
});

describe("arrays of the reference", () => {
  test("rows, elements, maps", () => {
    const x = NdArray.build([2, 3], (_, flat) => flat);
    expect(x.rows()).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    expect(x.at(1, 2)).toBe(5);
    expect([...x.mapRows((row) => [...row].reverse()).data]).toEqual([2, 1, 0, 5, 4, 3]);
    expect(x.reshape([3, 2]).at(1, 1)).toBe(3);
    expect([x.rank, x.size, x.dim(-1)]).toEqual([2, 6, 3]);
  });
});
