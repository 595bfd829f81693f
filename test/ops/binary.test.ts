import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { grad, vjp } from "../../src/autograd/grad.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import * as binary from "../../src/ops/binary.js";
import type { BinaryFunction } from "../../src/ops/shared/elementwise.js";
import { sum } from "../../src/ops/sum.js";
import { full, scalar, tensor, zeros } from "../../src/tensor/create.js";
import { testDevice } from "../device.js";
import { type InputSpec, type OpCase, opSuite } from "../op-suite.js";

const { add, sub, mul, div, maximum, minimum, isGreater, pow, xlogy } = binary;

/** A number in place of one operand, or none. */
interface Attrs {
  readonly number?: number;
  readonly first?: boolean;
}
type Range = Pick<InputSpec, "low" | "high">;
interface Family {
  readonly f: BinaryFunction;
  readonly a?: Range;
  readonly b?: Range;
  readonly tolerance?: number;
}

const families: Readonly<Record<string, Family>> = {
  add: { f: add },
  sub: { f: sub },
  mul: { f: mul },
  div: { f: div, b: { low: 0.5, high: 2 } },
  maximum: { f: maximum },
  minimum: { f: minimum },
  isGreater: { f: isGreater },
  pow: { f: pow, a: { low: 0.2, high: 2.5 }, tolerance: 3e-5 },
  xlogy: { f: xlogy, b: { low: 0.2, high: 2.5 } },
};

/** Two shapes that broadcast: each operand loses some axes of a common shape. */
const shapePairs: fc.Arbitrary<[number[], number[]]> = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.constantFrom(0, 0, 1, 2)), { maxLength: 4 })
  .chain((axes) => {
    const without = (side: number) => axes.map(([size, gone]) => (gone === side ? 1 : size));
    const trim = (shape: number[], some: boolean) => {
      const lead = shape.findIndex((size) => size !== 1);
      return some ? shape.slice(lead < 0 ? shape.length : lead) : shape;
    };
    return fc
      .tuple(fc.boolean(), fc.boolean())
      .map(([p, q]): [number[], number[]] => [trim(without(1), p), trim(without(2), q)]);
  });

function cases({ a, b }: Family): fc.Arbitrary<OpCase<Attrs>> {
  const two = shapePairs.map(([p, q]) => pair(p, q, a, b));
  const one = fc
    .tuple(fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 3 }), fc.boolean())
    .map(([shape, first]) => ({
      inputs: [{ shape, ...(first ? b : a) }],
      attrs: { number: first ? 0.75 : 1.5, first },
    }));
  return fc.oneof({ arbitrary: two, weight: 3 }, { arbitrary: one, weight: 1 });
}

function pair(p: readonly number[], q: readonly number[], a?: Range, b?: Range): OpCase<Attrs> {
  return {
    inputs: [
      { shape: p, ...a },
      { shape: q, ...b },
    ],
    attrs: {},
  };
}

const sizes = [0, 1, 63, 64, 65, 257].map((n) => [[n], [n]] as const);
const broadcasts = [
  [
    [3, 4, 5, 8],
    [1, 4, 1, 1],
  ],
  [
    [3, 4, 5, 7],
    [4, 1, 1],
  ],
  [[2, 5, 12], [12]],
  [[2, 5, 7], [7]],
  [
    [2, 1, 8],
    [2, 5, 1],
  ],
  [[8], []],
  [[], [9]],
  [
    [2, 3],
    [1, 2, 3],
  ],
  [[0, 3], [3]],
  [
    [1, 4],
    [0, 1],
  ],
  [
    [2, 1, 3, 1, 2, 1],
    [1, 3, 1, 2, 1, 3],
  ],
] as const;

for (const [name, family] of Object.entries(families)) {
  const { f, a, b, tolerance = 1e-5 } = family;
  const edges = name === "mul" || name === "pow" ? [...sizes, ...broadcasts] : sizes.slice(0, 3);
  opSuite<Attrs>(name, {
    apply: ([x, y], { number, first }) =>
      number === undefined ? f(x!, y!) : first ? f(number, x!) : f(x!, number),
    arbitrary: cases(family),
    edges: edges.map(([p, q]) => pair(p, q, a, b)),
    tolerance,
  });
}

opSuite<Attrs>("mul past 65 535 groups", {
  apply: ([x, y]) => mul(x!, y!),
  arbitrary: fc.constant(pair([3], [3])),
  runs: 1,
  gradients: false,
  edges: [pair([65_536 * 65, 1], [1, 1])],
});

describe("laws of binary functions", () => {
  const device = testDevice();
  const values = fc.array(fc.float({ min: -100, max: 100, noNaN: true }), {
    minLength: 1,
    maxLength: 70,
  });

  test.each([
    ["add", add],
    ["mul", mul],
    ["maximum", maximum],
    ["minimum", minimum],
  ] as const)("%s commutes, to the bit", async (_, f) => {
    const property = fc.asyncProperty(values, values, async (p, q) => {
      using _scope = device().scope();
      const a = tensor(device(), p, [p.length, 1]);
      const b = tensor(device(), q);
      expect(await f(a, b).data()).toEqual(await f(b, a).data());
    });
    await fc.assert(property, { numRuns: 15 });
  });

  test("a number is the tensor full of it", async () => {
    const property = fc.asyncProperty(
      values,
      fc.constantFrom(...Object.keys(families)),
      async (p, name) => {
        using _scope = device().scope();
        const f = families[name]!.f;
        const x = tensor(
          device(),
          p.map((v) => Math.abs(v) + 0.5),
        );
        const two = full(device(), x.shape, 2);
        expect(await f(x, 2).data()).toEqual(await f(x, two).data());
        expect(await f(2, x).data()).toEqual(await f(two, x).data());
      },
    );
    await fc.assert(property, { numRuns: 30 });
  });

  test("maximum + minimum = a + b, and equal operands share the derivative", async () => {
    using _scope = device().scope();
    const a = tensor(device(), [1, 5, 3]);
    const b = tensor(device(), [2, 5, -3]);
    expect([...(await add(maximum(a, b), minimum(a, b)).data())]).toEqual([3, 10, 0]);
    const [da, db] = grad((x, y) => sum(maximum(x, y)))(a, b);
    expect([...(await da!.data())]).toEqual([0, 0.5, 1]);
    expect([...(await db!.data())]).toEqual([1, 0.5, 0]);
  });

  test("pow at its corners: zero, negative bases, zero exponents", async () => {
    using _scope = device().scope();
    const a = tensor(device(), [-2, -2, 0, 0, -3, 5]);
    const b = tensor(device(), [3, 2, 2, 0, 0, -1]);
    const want = [-8, 4, 0, 1, 1, 0.2];
    const got = await pow(a, b).data();
    for (const [i, w] of want.entries()) expect(got[i]).toBeCloseTo(w, 5);
  });

  test("pow by a number: the derivative is n x^(n − 1)", async () => {
    for (const where of [device(), new ReferenceDevice()]) {
      using _scope = where.scope();
      const x = tensor(where, [0.5, 2, 3]);
      for (const n of [3, -1.5, 0.5]) {
        const [dx] = grad((t) => sum(pow(t, n)))(x);
        const got = await dx!.data();
        [0.5, 2, 3].forEach((v, i) => {
          expect(got[i]).toBeCloseTo(n * v ** (n - 1), 4);
        });
      }
    }
  });

  test("xlogy is 0 where a is 0, whatever b, and so is what follows from it", async () => {
    for (const where of [device(), new ReferenceDevice()]) {
      using _scope = where.scope();
      const a = tensor(where, [0, 0, 0, 2]);
      const b = tensor(where, [0, 3, Number.POSITIVE_INFINITY, 1]);
      expect([...(await xlogy(a, b).data())].map(Math.abs)).toEqual([0, 0, 0, 0]);
      // d/dy of x^y at x = 0 is x^y ln x = 0.
      const [dy] = vjp((y) => pow(zeros(where, [2]), y), tensor(where, [2, 3])).pullback(
        full(where, [2], 1),
      );
      expect([...(await dy!.data())].map(Math.abs)).toEqual([0, 0]);
    }
  });

  test("the derivative of a number costs nothing and that of both operands adds up", async () => {
    for (const where of [device(), new ReferenceDevice()]) {
      using _scope = where.scope();
      const x = tensor(where, [1, 2, 3]);
      const { value, pullback } = vjp((t) => mul(sub(t, 1), add(t, t)), x);
      expect([...(await value.data())]).toEqual([0, 4, 12]);
      const [dx] = pullback(full(where, [3], 1));
      expect([...(await dx!.data())]).toEqual([2, 6, 10]);
    }
  });

  test("errors", () => {
    using _scope = device().scope();
    const a = zeros(device(), [32, 64]);
    const b = zeros(device(), [63]);
    expect(() => add(a, b)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: add: shapes [32, 64] and [63] do not broadcast (64 ≠ 63). Sizes aligned at the right must be equal, or one of them 1.]`,
    );
    expect(() => mul(2, 3)).toThrowErrorMatchingInlineSnapshot(
      `[UsageError: mul: both operands are numbers (2 and 3). Compute with numbers in JavaScript, or make one of them a tensor.]`,
    );
    const indices = scalar(device(), 1, { dtype: "u32" });
    expect(() => sub(a, indices)).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: sub: a is f32 and b is u32. Make them alike with cast(b, "f32").]`,
    );
  });
});
