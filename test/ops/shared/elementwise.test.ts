/** A row makes an op: kernels at every pair of shapes, numbers in place of tensors, derivatives. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { mul } from "../../../src/ops/binary.js";
import { defineBinary, definePredicate, defineUnary } from "../../../src/ops/shared/elementwise.js";
import {
  assertNumber,
  elementOf,
  perElement,
  vectorsOf,
} from "../../../src/ops/shared/elementwise-kernels.js";
import { tensor } from "../../../src/tensor/create.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { testDevice } from "../../device.js";
import { opSuite } from "../../op-suite.js";

/** a² b: no symmetric function, so that operands that change places are seen. */
const squareTimes = defineBinary("squareTimes", {
  wgsl: "a * a * b",
  f64: (a, b) => a * a * b,
  saves: ["a", "b"],
  da: (dy, { a, b }) => mul(mul(dy, mul(a, 2)), b),
  db: (dy, { a }) => mul(mul(dy, a), a),
});

const cube = defineUnary("cube", {
  wgsl: "x * x * x",
  f64: (x) => x ** 3,
  saves: ["x"],
  dx: (dy, { x }) => mul(dy, mul(mul(x, x), 3)),
});

const shape = fc.array(fc.constantFrom(1, 2, 3, 4, 8), { maxLength: 6 });

opSuite("a row of two operands", {
  apply: ([a, b]) => squareTimes(a!, b!),
  arbitrary: fc
    .tuple(shape, fc.infiniteStream(fc.boolean()), fc.nat(3))
    .map(([full, ones, cut]) => ({
      inputs: [
        { shape: full.map((size) => (ones.next().value ? 1 : size)) },
        { shape: full.slice(Math.min(cut, full.length)) },
      ],
      attrs: {},
    })),
  edges: [
    { inputs: [{ shape: [0, 3] }, { shape: [3] }], attrs: {} },
    // More axes than the kernels index: one operand is copied out.
    { inputs: [{ shape: [2, 1, 2, 1, 2, 1] }, { shape: [1, 3, 1, 3, 1, 3] }], attrs: {} },
    { inputs: [{ shape: [65, 1] }, { shape: [1, 63] }], attrs: {} },
  ],
});

opSuite("a row with a number last", {
  apply: ([a]) => squareTimes(a!, -1.5),
  arbitrary: shape.map((s) => ({ inputs: [{ shape: s }], attrs: {} })),
});

opSuite("a row with a number first", {
  apply: ([b]) => squareTimes(-1.5, b!),
  arbitrary: shape.map((s) => ({ inputs: [{ shape: s }], attrs: {} })),
});

opSuite("a row of one operand", {
  apply: ([x]) => cube(x!),
  arbitrary: shape.map((s) => ({ inputs: [{ shape: s }], attrs: {} })),
  edges: [255, 256, 257].map((n) => ({ inputs: [{ shape: [n] }], attrs: {} })),
});

const device = testDevice();

test("a predicate gives truth values", async () => {
  using _scope = device().scope();
  const isSmall = definePredicate("isSmall", {
    wgsl: "abs(x) < Value4(1)",
    f64: (x) => Number(Math.abs(x) < 1),
    elements: ["f32"],
  });
  const y = isSmall(tensor(device(), [-2, -0.5, 0, 0.5, 2], [5]));
  expect(y.dtype).toBe("bool");
  expect([...(await y.data())]).toEqual([0, 1, 1, 1, 0]);
});

test("shaders see f16 as f32 and bool as u32, and every element type is made once", () => {
  expect((["f32", "f16", "i32", "u32", "bool"] as const).map(elementOf)).toEqual([
    "f32",
    "f32",
    "i32",
    "u32",
    "u32",
  ]);
  const made: string[] = [];
  const get = perElement((element) => made.push(element));
  for (const dtype of ["f32", "f16", "bool", "u32", "i32", "f32"] as const) get(dtype);
  expect(made).toEqual(["f32", "u32", "i32"]);
});

test("threads for all elements, four each", () => {
  using _scope = device().scope();
  fc.assert(
    fc.property(fc.nat(2000), (size) => {
      using _inner = device().scope();
      const x = Tensor.allocate(device(), { shape: [size], dtype: "f32" }, "x");
      const vectors = vectorsOf(x);
      expect(4 * vectors - size).toBeGreaterThanOrEqual(0);
      expect(4 * vectors - size).toBeLessThan(4);
    }),
    { numRuns: 50 },
  );
});

test("a number must be an element of the tensor's type", () => {
  for (const [value, dtype] of [
    [-5, "i32"],
    [2 ** 32 - 1, "u32"],
    [1, "bool"],
    [0.5, "f32"],
  ] as const) {
    expect(() => assertNumber("op", value, dtype)).not.toThrow();
  }
  expect(() => assertNumber("op", 0.5, "i32")).toThrowErrorMatchingInlineSnapshot(
    `[DtypeError: op: 0.5 is no i32, as the tensor's elements are. Give one that is, or convert the tensor with cast(x, "f32").]`,
  );
  expect(() => assertNumber("op", -1, "u32")).toThrow("-1 is no u32");
  expect(() => assertNumber("op", 2, "bool")).toThrow("2 is no bool");
});
