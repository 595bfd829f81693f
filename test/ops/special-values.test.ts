/** NaN, infinity, signed zeros, overflow and underflow go through elementwise ops as IEEE 754 says. */
import { describe, expect, test } from "vitest";
import { ReferenceDevice } from "../../src/device/reference.js";
import type { Device } from "../../src/device/types.js";
import * as ops from "../../src/ops/index.js";
import { tensor } from "../../src/tensor/create.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { testDevice } from "../device.js";

const SPECIAL = [
  ...[0, -0, 1, -1, 0.5, -0.5, 2.5, -2.5, 3, -3, 88, 89, -88, -104, 1e4, -1e4],
  ...[1e-30, -1e-30, 1e30, -1e30, 3e38, Infinity, -Infinity, NaN],
];

const UNARY = {
  ...{ neg: ops.neg, exp: ops.exp, log: ops.log, expm1: ops.expm1, log1p: ops.log1p },
  ...{ sqrt: ops.sqrt, rsqrt: ops.rsqrt, square: ops.square, reciprocal: ops.reciprocal },
  ...{ tanh: ops.tanh, sigmoid: ops.sigmoid, softplus: ops.softplus, relu: ops.relu, abs: ops.abs },
  ...{ sign: ops.sign, floor: ops.floor, ceil: ops.ceil, round: ops.round, silu: ops.silu },
  ...{ gelu: ops.gelu, geluTanh: ops.geluTanh, erf: ops.erf, sin: ops.sin, cos: ops.cos },
  ...{ leakyRelu: ops.leakyRelu, isNaN: ops.isNaN, isFinite: ops.isFinite },
};

const BINARY = {
  ...{ add: ops.add, sub: ops.sub, mul: ops.mul, div: ops.div, pow: ops.pow, xlogy: ops.xlogy },
  ...{ maximum: ops.maximum, minimum: ops.minimum, equal: ops.equal, notEqual: ops.notEqual },
  ...{ less: ops.less, lessEqual: ops.lessEqual, greater: ops.greater },
  greaterEqual: ops.greaterEqual,
};

/** Whether a float32 result is the float64 one: the same NaN, infinity or number. */
function agrees(got: number, exact: number): boolean {
  const want = Math.fround(exact);
  if (Number.isNaN(want)) return Number.isNaN(got);
  if (!Number.isFinite(want)) return got === want;
  // WGSL grants exp2(x), of which pow is made, 2|x| units in the last place.
  const units = 2 ** -23 * Math.abs(Math.log2(Math.abs(want) || 1));
  return Math.abs(got - want) <= (1e-5 + 2 * units) * Math.abs(want) + 1e-6;
}

type Applied = (...inputs: Tensor[]) => Tensor;

async function expectAlike(device: Device, f: Applied, inputs: readonly number[][]): Promise<void> {
  const on = async (where: Device): Promise<number[]> => {
    using _scope = where.scope();
    const given = inputs.map((values) => tensor(where, values, [values.length]));
    return Array.from(await f(...given).data(), Number);
  };
  const [got, want] = [await on(device), await on(new ReferenceDevice())];
  const wrong = got.flatMap((v, i) => {
    const exact = want[i] ?? Number.NaN;
    const arguments_ = inputs.map((values) => (Object.is(values[i], -0) ? "-0" : values[i]));
    return agrees(v, exact) ? [] : [`f(${arguments_.join(", ")}) is ${v}, expected ${exact}`];
  });
  expect(wrong).toEqual([]);
}

describe("special values", () => {
  const device = testDevice();

  test.each(Object.entries(UNARY))("%s", async (name, f) => {
    // Kernels keep the digits of sin and cos for |x| ≤ 6000.
    const far = name === "sin" || name === "cos";
    const values = SPECIAL.filter((x) => !far || Math.abs(x) <= 6000 || !(Math.abs(x) < Infinity));
    await expectAlike(device(), (x) => f(x as Tensor), [values]);
  });

  test.each(Object.entries(BINARY))("%s, of every pair", async (_, f) => {
    const pairs = SPECIAL.flatMap((a) => SPECIAL.map((b) => [a, b] as const));
    const columns = [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
    await expectAlike(device(), (a, b) => f(a as Tensor, b as Tensor), columns);
  });

  test("far beyond 6000 sin and cos stay within ±1", async () => {
    using _scope = device().scope();
    for (const f of [ops.sin, ops.cos]) {
      const y = Array.from(await f(tensor(device(), [1e7, -1e30, 3e38], [3])).data());
      expect(y.every((v) => Math.abs(v) <= 1)).toBe(true);
    }
  });
});
