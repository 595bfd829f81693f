import fc from "fast-check";
import { expect, test } from "vitest";
import { grad } from "../../src/autograd/grad.js";
import { cast } from "../../src/ops/cast.js";
import { greater, isFinite as isFiniteEach } from "../../src/ops/comparison.js";
import { sum } from "../../src/ops/sum.js";
import { log } from "../../src/ops/unary.js";
import { where } from "../../src/ops/where.js";
import { tensor } from "../../src/tensor/create.js";
import { testDevice, testF16 } from "../device.js";
import { type OpCase, opSuite } from "../op-suite.js";

const of = (cond: number[], a: number[], b: number[]): OpCase<object> => ({
  inputs: [{ shape: cond, below: 2 }, { shape: a }, { shape: b }],
  attrs: {},
});

opSuite("where", {
  apply: ([cond, a, b]) => where(cast(cond!, "bool"), a!, b!),
  arbitrary: fc
    .array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.nat({ max: 7 })), { maxLength: 4 })
    .map((axes) => {
      const shape = (bit: number) => axes.map(([size, bits]) => (bits & bit ? 1 : size));
      return of(shape(1), shape(2), shape(4));
    }),
  edges: [
    of([0], [0], [0]),
    of([1], [1], [1]),
    of([63], [63], [63]),
    of([65], [65], []),
    of([], [65], [1]),
    of([257], [], []),
    of([3, 1], [4], [2, 3, 4]),
  ],
});

opSuite("where, with numbers", {
  apply: ([cond, a]) => where(cast(cond!, "bool"), a!, 0.5),
  arbitrary: fc
    .nat({ max: 40 })
    .map((n) => ({ inputs: [{ shape: [n], below: 2 }, { shape: [n] }], attrs: {} })),
  runs: 5,
});

const device = testDevice();

test("what is not chosen leaves no trace: not in the value, not in the derivative", async () => {
  using _scope = device().scope();
  const cond = tensor(device(), [true, false, true]);
  const a = tensor(device(), [1, Number.NaN, 3]);
  const b = tensor(device(), [Number.NaN, -2, Infinity]);
  expect([...(await where(cond, a, b).data())]).toEqual([1, -2, 3]);
  const [da, db] = grad((x, y) => sum(where(cond, x, y)))(a, b);
  expect([...(await da!.data())]).toEqual([1, 0, 1]);
  expect([...(await db!.data())]).toEqual([0, 1, 0]);
});

test("log with a safe argument has a derivative everywhere", async () => {
  using _scope = device().scope();
  const x = tensor(device(), [-1, 0, 0.5, 2]);
  const [dx] = grad((t) => {
    const inside = greater(t, 0);
    return sum(where(inside, log(where(inside, t, 1)), 0));
  })(x);
  expect([...(await dx!.data())]).toEqual([0, 0, 2, 0.5]);
});

test("integers and truth values are chosen bit by bit", async () => {
  using _scope = device().scope();
  const cond = tensor(device(), [true, false]);
  const i = tensor(device(), Int32Array.of(-1, 0x7fc00001));
  const j = tensor(device(), Int32Array.of(5, 0x7f800001));
  expect(await where(cond, i, j).data()).toEqual(Int32Array.of(-1, 0x7f800001));
  expect(await where(cond, i, -7).data()).toEqual(Int32Array.of(-1, -7));
  const p = tensor(device(), [false, false]);
  const both = where(cond, p, 1);
  expect(both.dtype).toBe("bool");
  expect([...(await both.data())]).toEqual([0, 1]);
  expect([...(await where(cond, 2, 3).data())]).toEqual([2, 3]);
});

testF16("f16: values, infinity and NaN are kept", device, async (on) => {
  const a = tensor(on, [1.5, Infinity, Number.NaN, 2 ** -24, -65504], [5], { dtype: "f16" });
  const y = where(isFiniteEach(a), a, 0.25);
  expect(y.dtype).toBe("f16");
  expect([...(await y.data())]).toEqual([1.5, 0.25, 0.25, 2 ** -24, -65504]);
  const z = where(tensor(on, [true]), a, 0);
  expect([...(await z.data())]).toEqual([1.5, Infinity, Number.NaN, 2 ** -24, -65504]);
});

test("errors", () => {
  using _scope = device().scope();
  const x = tensor(device(), [1, 2]);
  const i = tensor(device(), Int32Array.of(1, 2));
  const cond = tensor(device(), [true, false]);
  expect(() => where(x, x, x)).toThrowErrorMatchingInlineSnapshot(
    `[DtypeError: where: cond is f32, expected bool. Convert it with cast(cond, "bool").]`,
  );
  expect(() => where(cond, x, i)).toThrowErrorMatchingInlineSnapshot(
    `[DtypeError: where: a is f32 and b is i32. Make them alike with cast(b, "f32").]`,
  );
  expect(() => where(cond, i, 0.5)).toThrowErrorMatchingInlineSnapshot(
    `[DtypeError: where: 0.5 is no i32, as the tensor's elements are. Give one that is, or convert the tensor with cast(x, "f32").]`,
  );
  const three = tensor(device(), [1, 2, 3]);
  expect(() => where(cond, x, three)).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: where: shapes [2] and [3] do not broadcast (2 ≠ 3). Sizes aligned at the right must be equal, or one of them 1.]`,
  );
});
