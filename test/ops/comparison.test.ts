import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { grad } from "../../src/autograd/grad.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import type { Device } from "../../src/device/types.js";
import { add, mul, sub } from "../../src/ops/binary.js";
import { cast } from "../../src/ops/cast.js";
import * as comparison from "../../src/ops/comparison.js";
import { sum } from "../../src/ops/sum.js";
import { tensor } from "../../src/tensor/create.js";
import type { Dtype } from "../../src/tensor/dtype.js";
import { testDevice, testF16 } from "../device.js";
import { type OpCase, opSuite } from "../op-suite.js";

const { equal, notEqual, less, lessEqual, greater, greaterEqual } = comparison;
const RELATIONS = { equal, notEqual, less, lessEqual, greater, greaterEqual } as const;
const JAVASCRIPT: Record<keyof typeof RELATIONS, (a: number, b: number) => boolean> = {
  equal: (a, b) => a === b,
  notEqual: (a, b) => a !== b,
  less: (a, b) => a < b,
  lessEqual: (a, b) => a <= b,
  greater: (a, b) => a > b,
  greaterEqual: (a, b) => a >= b,
};
const NAMES = Object.keys(RELATIONS) as (keyof typeof RELATIONS)[];

/** Few values, so that many are equal. */
const of = (...shapes: number[][]): OpCase<object> => ({
  inputs: shapes.map((shape) => ({ shape, low: -1.5, high: 1.5, whole: true })),
  attrs: {},
});

const broadcast = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.nat({ max: 3 })), { maxLength: 4 })
  .map((axes) =>
    of(
      axes.map(([size, which]) => (which === 1 ? 1 : size)),
      axes.map(([size, which]) => (which === 2 ? 1 : size)),
    ),
  );

for (const name of NAMES) {
  opSuite(name, {
    apply: ([a, b]) => RELATIONS[name](a!, b!),
    arbitrary: broadcast,
    edges: name === "less" ? [of([0], [0]), of([1], [1]), of([65], [65]), of([8], [])] : [],
    gradients: false,
    runs: 8,
  });
}

const NAN = Number.NaN;
const corners = [0, -0, 1, -1, 0.1, Infinity, -Infinity, NAN, 65504, -65504, 1e-3, 2 ** -24];

const PREDICATES = {
  isNaN: { predicate: comparison.isNaN, truth: Number.isNaN, count: 1 },
  isFinite: { predicate: comparison.isFinite, truth: Number.isFinite, count: corners.length - 3 },
} as const;
for (const [name, { predicate, truth, count }] of Object.entries(PREDICATES)) {
  opSuite(name, {
    apply: ([x]) => predicate(x!),
    arbitrary: fc.integer({ min: 1, max: 70 }).map((n) => of([n])),
    edges: [of([0]), of([1]), of([65])],
    gradients: false,
    laws: {
      "is what JavaScript says, at infinities and NaN too": async (device) => {
        const y = predicate(tensor(device, corners));
        expect(y.dtype).toBe("bool");
        const got = [...(await y.data())];
        expect(got).toEqual(corners.map((v) => Number(truth(v))));
        expect(got.filter(Boolean).length).toBe(count);
      },
    },
  });
}

describe("corners", () => {
  const device = testDevice();
  const pairs = corners.flatMap((a) => corners.map((b) => [a, b] as const));

  async function agree(on: Device, dtype: Dtype): Promise<void> {
    const a = tensor(
      on,
      pairs.map(([v]) => v),
      undefined,
      { dtype },
    );
    const b = tensor(
      on,
      pairs.map(([, v]) => v),
      undefined,
      { dtype },
    );
    const [x, y] = [await a.data(), await b.data()];
    for (const name of NAMES) {
      const result = RELATIONS[name](a, b);
      expect(result.dtype).toBe("bool");
      const want = pairs.map((_, i) => Number(JAVASCRIPT[name](x[i]!, y[i]!)));
      expect([...(await result.data())], name).toEqual(want);
    }
    const [nan, finite] = [comparison.isNaN(a), comparison.isFinite(a)];
    expect([...(await nan.data())]).toEqual([...x].map((v) => Number(Number.isNaN(v))));
    expect([...(await finite.data())]).toEqual([...x].map((v) => Number(Number.isFinite(v))));
  }

  test("NaN, infinity and both zeros compare as in IEEE 754", async () => {
    using _scope = device().scope();
    await agree(device(), "f32");
  });

  test("the same on the reference device", async () => {
    await agree(new ReferenceDevice(), "f32");
  });

  testF16("the same in f16", device, (on) => agree(on, "f16"));

  test("integers compare over their whole range", async () => {
    using _scope = device().scope();
    const i = tensor(device(), Int32Array.of(-(2 ** 31), -1, 0, 2 ** 31 - 1));
    expect([...(await less(i, 0).data())]).toEqual([1, 1, 0, 0]);
    expect([...(await equal(i, 2 ** 31 - 1).data())]).toEqual([0, 0, 0, 1]);
    const u = tensor(device(), Uint32Array.of(0, 1, 2 ** 31, 2 ** 32 - 1));
    expect([...(await greater(u, 2 ** 31 - 1).data())]).toEqual([0, 0, 1, 1]);
    expect([...(await equal(u, 2 ** 32 - 1).data())]).toEqual([0, 0, 0, 1]);
    expect([...(await notEqual(u, cast(i, "u32")).data())]).toEqual([1, 1, 1, 1]);
  });

  test("a number may stand on either side", async () => {
    using _scope = device().scope();
    const x = tensor(device(), [-1, 0, 1]);
    expect([...(await less(x, 0).data())]).toEqual([1, 0, 0]);
    expect([...(await less(0, x).data())]).toEqual([0, 0, 1]);
    expect([...(await notEqual(x, Number.NaN).data())]).toEqual([1, 1, 1]);
  });

  test("no derivative flows through a comparison, and none is missed", async () => {
    using _scope = device().scope();
    const x = tensor(device(), [-1, 2, 3]);
    const [dx] = grad((t) => sum(mul(t, cast(greater(t, 0), "f32"))))(x);
    expect([...(await dx!.data())]).toEqual([0, 1, 1]);
  });

  test.each([
    ["GPU", device],
    ["reference", () => new ReferenceDevice()],
  ] as const)("integers are counted modulo 2^32 on the %s device", async (_, where) => {
    const on = where();
    using _scope = on.scope();
    const i = tensor(on, Int32Array.of(2 ** 31 - 1, -7, 65537));
    expect([...(await add(i, 1).data())]).toEqual([-(2 ** 31), -6, 65538]);
    expect([...(await sub(-2, i).data())]).toEqual([2 ** 31 - 1, 5, -65539]);
    expect([...(await mul(i, i).data())]).toEqual([1, 49, Math.imul(65537, 65537)]);
    const u = tensor(on, Uint32Array.of(0, 2 ** 32 - 1));
    expect([...(await add(u, 2 ** 32 - 1).data())]).toEqual([2 ** 32 - 1, 2 ** 32 - 2]);
    expect([...(await sub(u, 1).data())]).toEqual([2 ** 32 - 1, 2 ** 32 - 2]);
  });

  test("truth values are equal or not, also to 0 and 1", async () => {
    using _scope = device().scope();
    const a = tensor(device(), [true, true, false, false]);
    const b = tensor(device(), [true, false, true, false]);
    expect([...(await equal(a, b).data())]).toEqual([1, 0, 0, 1]);
    expect([...(await comparison.notEqual(a, b).data())]).toEqual([0, 1, 1, 0]);
    expect([...(await equal(a, 0).data())]).toEqual([0, 0, 1, 1]);
  });

  test("errors", () => {
    using _scope = device().scope();
    const i = tensor(device(), Int32Array.of(1));
    const b = tensor(device(), [true]);
    expect(() => less(i, 0.5)).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: less: 0.5 is no i32, as the tensor's elements are. Give one that is, or convert the tensor with cast(x, "f32").]`,
    );
    expect(() => less(b, b)).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: less: a is bool, expected one of f32, f16, i32, u32. Convert it with cast(a, "f32").]`,
    );
    expect(() => less(i, tensor(device(), [1]))).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: less: a is i32 and b is f32. Make them alike with cast(b, "i32").]`,
    );
    expect(() => comparison.isNaN(i)).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: isNaN: x is i32, expected one of f32, f16. Convert it with cast(x, "f32").]`,
    );
  });
});
