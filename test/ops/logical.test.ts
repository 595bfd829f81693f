import fc from "fast-check";
import { expect, test } from "vitest";
import { cast } from "../../src/ops/cast.js";
import { logicalAnd, logicalNot, logicalOr, logicalXor } from "../../src/ops/logical.js";
import { tensor } from "../../src/tensor/create.js";
import { testDevice } from "../device.js";
import { type OpCase, opSuite } from "../op-suite.js";

const of = (...shapes: number[][]): OpCase<object> => ({
  inputs: shapes.map((shape) => ({ shape, below: 2 })),
  attrs: {},
});
const broadcast = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.boolean())
  .map(([n, m, row]) => of([n, m], row ? [m] : [n, 1]));

const FUNCTIONS = { logicalAnd, logicalOr, logicalXor } as const;
for (const [name, f] of Object.entries(FUNCTIONS)) {
  opSuite(name, {
    apply: ([a, b]) => f(cast(a!, "bool"), cast(b!, "bool")),
    arbitrary: broadcast,
    edges: [of([0], [0]), of([1], [1]), of([65], [65])],
    gradients: false,
    runs: 8,
  });
}

opSuite("logicalNot", {
  apply: ([a]) => logicalNot(cast(a!, "bool")),
  arbitrary: fc.nat({ max: 70 }).map((n) => of([n])),
  gradients: false,
  runs: 8,
});

const device = testDevice();

test("truth tables, and De Morgan's laws", async () => {
  using _scope = device().scope();
  const a = tensor(device(), [false, false, true, true]);
  const b = tensor(device(), [false, true, false, true]);
  expect([...(await logicalAnd(a, b).data())]).toEqual([0, 0, 0, 1]);
  expect([...(await logicalOr(a, b).data())]).toEqual([0, 1, 1, 1]);
  expect([...(await logicalXor(a, b).data())]).toEqual([0, 1, 1, 0]);
  expect([...(await logicalNot(a).data())]).toEqual([1, 1, 0, 0]);
  const left = logicalNot(logicalAnd(a, b));
  const right = logicalOr(logicalNot(a), logicalNot(b));
  expect(await left.data()).toEqual(await right.data());
});

test("logic is for bool alone", () => {
  using _scope = device().scope();
  const x = tensor(device(), [0, 1]);
  expect(() => logicalNot(x)).toThrowErrorMatchingInlineSnapshot(
    `[DtypeError: logicalNot: x is f32, expected bool. Convert it with cast(x, "bool").]`,
  );
  expect(() => logicalAnd(cast(x, "bool"), x)).toThrowErrorMatchingInlineSnapshot(
    `[DtypeError: logicalAnd: b is f32, expected bool. Convert it with cast(b, "bool").]`,
  );
});
