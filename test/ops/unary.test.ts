import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { grad } from "../../src/autograd/grad.js";
import { gradcheck } from "../../src/autograd/gradcheck.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import type { Device } from "../../src/device/types.js";
import type { UnaryFunction } from "../../src/ops/shared/elementwise.js";
import { erf } from "../../src/ops/shared/erf.js";
import { sum } from "../../src/ops/sum.js";
import * as unary from "../../src/ops/unary.js";
import { ones, tensor } from "../../src/tensor/create.js";
import { NdArray } from "../../src/tensor/ndarray.js";
import { testDevice } from "../device.js";
import { opSuite } from "../op-suite.js";
import { values } from "../random.js";

interface Family {
  readonly f: UnaryFunction;
  readonly low?: number;
  readonly high?: number;
  readonly tolerance?: number;
}
const positive = { low: 0.3, high: 4 };
const wide = { low: -6, high: 6 };

const families: Readonly<Record<string, Family>> = {
  neg: { f: unary.neg },
  exp: { f: unary.exp },
  log: { f: unary.log, ...positive },
  sqrt: { f: unary.sqrt, ...positive },
  rsqrt: { f: unary.rsqrt, ...positive },
  square: { f: unary.square },
  reciprocal: { f: unary.reciprocal, ...positive },
  abs: { f: unary.abs },
  sign: { f: unary.sign },
  sin: { f: unary.sin, low: -40, high: 40, tolerance: 1e-6 },
  cos: { f: unary.cos, low: -40, high: 40, tolerance: 1e-6 },
  tanh: { f: unary.tanh, ...wide },
  sigmoid: { f: unary.sigmoid, ...wide },
  softplus: { f: unary.softplus, ...wide },
  relu: { f: unary.relu },
  silu: { f: unary.silu, ...wide },
  gelu: { f: unary.gelu, ...wide, tolerance: 2e-6 },
  geluTanh: { f: unary.geluTanh, ...wide },
  leakyRelu: { f: unary.leakyRelu },
  erf: { f: unary.erf, low: -4, high: 4, tolerance: 1e-6 },
  expm1: { f: unary.expm1 },
  log1p: { f: unary.log1p, low: -0.9, high: 4 },
  floor: { f: unary.floor, ...wide },
  ceil: { f: unary.ceil, ...wide },
  round: { f: unary.round, ...wide },
};

for (const [name, { f, low = -2, high = 2, tolerance = 1e-5 }] of Object.entries(families)) {
  const of = (...shape: number[]) => ({ inputs: [{ shape, low, high }], attrs: {} });
  opSuite(name, {
    apply: ([x]) => f(x!),
    arbitrary: fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 3 }).map((s) => of(...s)),
    edges: name === "silu" ? [0, 1, 63, 64, 65, 257].map((n) => of(n)) : [of(0), of(65)],
    tolerance,
    gradientTolerance: 10 * Math.max(tolerance, 1e-5),
    runs: 8,
  });
}

describe("second derivatives equal differences of the first", () => {
  test.each(Object.entries(families))("%s", (_, { f, low, high }) => {
    const x = new NdArray([7], Float64Array.from(values(3, 7, low, high)));
    const first = (t: Parameters<UnaryFunction>[0]) => grad((y) => sum(f(y)))(t)[0]!;
    const report = gradcheck(first, [x]);
    expect(report.ok, report.message).toBe(true);
  });
});

describe("laws of unary functions", () => {
  const device = testDevice();
  const extremes = [-1e30, -1000, -90, -45, -1e-30, 0, 1e-30, 45, 90, 1000, 1e30];

  test.each(["tanh", "sigmoid", "softplus", "relu", "silu", "gelu", "geluTanh", "erf"])(
    "%s stays finite, and right, far out",
    async (name) => {
      using _scope = device().scope();
      const f = families[name]!.f;
      const got = await f(tensor(device(), extremes)).data();
      const reference = new ReferenceDevice();
      const want = f(tensor(reference, extremes)).reference;
      extremes.forEach((x, i) => {
        const error = Math.abs((got[i] ?? Number.NaN) - want.flat(i));
        expect(error, `${name}(${x}) = ${got[i]}`).toBeLessThanOrEqual(
          1e-6 * (1 + Math.abs(want.flat(i))),
        );
      });
      const slopes = grad((x) => sum(f(x)))(tensor(device(), extremes.slice(1, -1)));
      for (const slope of await slopes[0]!.data())
        expect(Math.abs(slope)).toBeLessThanOrEqual(1.13);
    },
  );

  test("past 65 535 groups", async () => {
    using _scope = device().scope();
    const y = await unary.neg(ones(device(), [65_536 * 257])).data();
    expect(y.every((v) => v === -1)).toBe(true);
  });

  test("derivatives at the corners: |x|′(0) = 0, relu′(0) = ½", async () => {
    using _scope = device().scope();
    const x = tensor(device(), [-1, 0, 1]);
    expect([...(await grad((t) => sum(unary.abs(t)))(x)[0]!.data())]).toEqual([-1, 0, 1]);
    expect([...(await grad((t) => sum(unary.relu(t)))(x)[0]!.data())]).toEqual([0, 0.5, 1]);
  });

  test("sigmoid(x) + sigmoid(−x) = 1 and tanh(x) = 2 sigmoid(2x) − 1", async () => {
    const property = fc.asyncProperty(fc.float({ min: -20, max: 20, noNaN: true }), async (v) => {
      using _scope = device().scope();
      const [s = 0, m = 0, d = 0] = await unary.sigmoid(tensor(device(), [v, -v, 2 * v])).data();
      const t = await unary.tanh(tensor(device(), [v])).item();
      expect(s + m).toBeCloseTo(1, 5);
      expect(t).toBeCloseTo(2 * d - 1, 5);
    });
    await fc.assert(property, { numRuns: 20 });
  });

  test("gelu's normal distribution is within 2e-6 of float64 everywhere", async () => {
    using _scope = device().scope();
    const x = Float32Array.from({ length: 4001 }, (_, i) => (i - 2000) / 250);
    const got = await unary.gelu(tensor(device(), x)).data();
    const worst = Math.max(
      ...Array.from(x, (v, i) => Math.abs((got[i] ?? 0) - 0.5 * v * (1 + erf(v / Math.SQRT2)))),
    );
    expect(worst).toBeLessThanOrEqual(2e-6);
  });

  test.each([
    ["log1p", unary.log1p, Math.log1p],
    ["expm1", unary.expm1, Math.expm1],
    ["erf", unary.erf, erf],
  ] as const)(
    "%s is within 3e-7 of float64, relatively, from 1e-8 to 1e-3",
    async (_, f, exact) => {
      using _scope = device().scope();
      const sizes = values(6, 500, -8, -3).map((v) => 10 ** v);
      const x = Float32Array.from([...sizes, ...sizes.map((v) => -v), 1e-8, 1e-3, 1e-30]);
      const got = await f(tensor(device(), x)).data();
      const errors = Array.from(x, (v, i) => Math.abs((got[i] ?? 0) / exact(v) - 1));
      expect(Math.max(...errors)).toBeLessThanOrEqual(3e-7);
    },
  );

  test("log1p and expm1 are within 2e-6 of float64, relatively, elsewhere", async () => {
    using _scope = device().scope();
    const x = values(7, 4000, -0.999, 20);
    const logs = await unary.log1p(tensor(device(), x)).data();
    const powers = await unary.expm1(tensor(device(), x)).data();
    const errors = Array.from(x, (v, i) =>
      Math.max(
        Math.abs((logs[i] ?? 0) / Math.log1p(v) - 1),
        Math.abs((powers[i] ?? 0) / Math.expm1(v) - 1),
      ),
    );
    expect(Math.max(...errors)).toBeLessThanOrEqual(2e-6);
  });

  test("erf is odd and within 3e-7 of float64 everywhere", async () => {
    using _scope = device().scope();
    const x = Float32Array.from({ length: 4001 }, (_, i) => (i - 2000) / 400);
    const got = await unary.erf(tensor(device(), x)).data();
    const errors = Array.from(x, (v, i) => Math.abs((got[i] ?? 0) - erf(v)));
    expect(Math.max(...errors)).toBeLessThanOrEqual(3e-7);
    expect(got.every((v, i) => v === -(got[4000 - i] ?? 0))).toBe(true);
  });

  test("rounding: ties to even, −∞ and ∞ stay, and no derivative", async () => {
    using _scope = device().scope();
    const x = [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, -1.2, 1.7, Infinity, -Infinity];
    const of = async (f: UnaryFunction, where: Device) => [...(await f(tensor(where, x)).data())];
    for (const where of [device(), new ReferenceDevice()]) {
      expect((await of(unary.round, where)).map((v) => v + 0)).toEqual([
        -2,
        -2,
        0,
        0,
        2,
        2,
        -1,
        2,
        Infinity,
        -Infinity,
      ]);
      expect((await of(unary.floor, where)).slice(0, 8)).toEqual([-3, -2, -1, 0, 1, 2, -2, 1]);
      expect((await of(unary.ceil, where)).slice(0, 8).map((v) => v + 0)).toEqual([
        -2, -1, 0, 1, 2, 3, -1, 2,
      ]);
    }
    for (const f of [unary.round, unary.floor, unary.ceil]) {
      const [dx] = grad((t) => sum(f(t)))(tensor(device(), [-0.5, 0.3, 2]));
      expect((await dx!.data()).every((v) => v === 0)).toBe(true);
    }
  });

  test("leakyRelu at any slope, with (1 + slope) / 2 at the corner", async () => {
    using _scope = device().scope();
    const x = tensor(device(), [-2, 0, 3]);
    expect([...(await unary.leakyRelu(x, 0.25).data())]).toEqual([-0.5, 0, 3]);
    expect([...(await unary.leakyRelu(x, 2).data())]).toEqual([-4, 0, 3]);
    const [dx] = grad((t) => sum(unary.leakyRelu(t, 0.25)))(x);
    expect([...(await dx!.data())]).toEqual([0.25, 0.625, 1]);
  });

  test("leakyRelu with a slope for each column, which has a derivative", async () => {
    using _scope = device().scope();
    const x = tensor(device(), [-2, -3, 5, -1], [2, 2]);
    const slope = tensor(device(), [0.5, 2]);
    expect([...(await unary.leakyRelu(x, slope).data())]).toEqual([-1, -6, 5, -2]);
    const [dx, ds] = grad((t, s) => sum(unary.leakyRelu(t, s)))(x, slope);
    expect([...(await dx!.data())]).toEqual([0.5, 2, 1, 2]);
    expect([...(await ds!.data())]).toEqual([-2, -4]);
  });

  test("sin and cos are within 1e-6 for |x| ≤ 6000", async () => {
    using _scope = device().scope();
    const x = values(5, 20_000, -6000, 6000);
    const sines = await unary.sin(tensor(device(), x)).data();
    const cosines = await unary.cos(tensor(device(), x)).data();
    const errors = Array.from(x, (v, i) =>
      Math.max(Math.abs((sines[i] ?? 9) - Math.sin(v)), Math.abs((cosines[i] ?? 9) - Math.cos(v))),
    );
    expect(errors.reduce((a, b) => Math.max(a, b), 0)).toBeLessThanOrEqual(1e-6);
  });

  test("erf in float64", () => {
    // Abramowitz and Stegun, table 7.1.
    expect(erf(0)).toBe(0);
    expect(erf(0.5)).toBeCloseTo(0.5204998778130465, 14);
    expect(erf(1)).toBeCloseTo(0.8427007929497149, 14);
    expect(erf(2)).toBeCloseTo(0.9953222650189527, 14);
    expect(erf(3.5)).toBeCloseTo(0.9999992569016276, 14);
    expect(erf(-1)).toBe(-erf(1));
    expect(erf(7)).toBe(1);
  });
});
