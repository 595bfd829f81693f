/**
 * Laws that every registered divergence passes, by being registered:
 *
 *     described      its own name, formula, source, use; options that say what they are
 *     exact          the gradient of its loss is that of what it says it is, in 1-D and 2-D
 *     at rest        no pull where assistant and reference agree
 *     distance       d ≥ 0, d(0) = 0, d does not fall along a ray
 *     degree         fields k times as large: a loss k^p times as large
 *     samples        do not see each other, whatever their order
 *     finite         at σ = 0.001 and σ = 80, in float32
 *     kernels        agree with float64
 */
import { describe, expect, test } from "vitest";
import { grad } from "../../src/autograd/grad.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import {
  type Divergence,
  detached,
  divergences,
  type Field,
  l2,
  type OptionValue,
  type RegisteredDivergence,
  type Units,
} from "../../src/divergences/index.js";
import { add, mul } from "../../src/ops/binary.js";
import { sum } from "../../src/ops/sum.js";
import { cos, exp, sin, tanh } from "../../src/ops/unary.js";
import { tensor } from "../../src/tensor/create.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { testDevice } from "../device.js";
import { expectClose } from "../op-suite.js";
import { values } from "../random.js";
import { exactGradient, type Outcome, surrogate } from "./laws.js";
import { type Draw, SETTINGS } from "./settings.js";

const host = new ReferenceDevice();
const UNITS: readonly Units[] = ["scores", "x₀-predictions"];
const read = (x: Tensor): Float64Array => x.reference.data;
const zerosLike = (x: Tensor): Float64Array => new Float64Array(x.size);

/** A few samples, with weights that tell them apart. */
function someDraw(dim: number): Draw {
  const n = 12;
  return {
    z: [...values(1, 2 * n, -1.5, 1.5)].slice(0, dim * n),
    noise: [...values(2, dim * n)],
    weights: Array.from({ length: n }, (_, i) => (i + 1) / 78),
  };
}

/** Rows of a draw in another order. */
function permuted({ z, noise, weights }: Draw, order: readonly number[]): Draw {
  const rows = (x: readonly number[]): number[] => {
    const width = x.length / weights.length;
    return order.flatMap((i) => x.slice(i * width, (i + 1) * width));
  };
  return { z: rows(z), noise: rows(noise), weights: rows(weights) };
}

const all = Object.entries(divergences);

describe.each(all)("%s", (name, registered) => {
  const { about } = registered;
  const divergence = registered.create(about.example);

  test("is described, under its own name", () => {
    expect(registered.create().name).toBe(name);
    expect(divergence.name).toBe(name);
    for (const text of [about.formula, about.source, about.use]) {
      expect(text).toMatch(/\S/);
      expect(text, "one line").not.toMatch(/\n/);
    }
    for (const [option, { what }] of Object.entries(about.options))
      expect(what, option).toMatch(/\S/);
  });

  describe.each(SETTINGS)("$name", (setting) => {
    test.each(UNITS)("on %s: the gradient is the exact one", (units) => {
      using _scope = host.scope();
      const want = exactGradient(host, divergence, { setting, units });
      if (!want) {
        expect(divergence.exact, "nothing exact is known").toBeUndefined();
        return;
      }
      const { gradient } = surrogate(host, divergence, { setting, units });
      const largest = Math.max(...read(want).map(Math.abs));
      expect(largest).toBeGreaterThan(1e-2);
      expectClose(read(gradient), read(want), 2e-4 * largest, `${name}, ${setting.name}`);
    });

    test.each(UNITS)("on %s: no pull where assistant and reference agree", (units) => {
      using _scope = host.scope();
      const draw = someDraw(setting.dim);
      for (const sigma of [0.3, 0.9, 3]) {
        const given = { setting, units, sigma, draw, same: true };
        const { losses, gradient } = surrogate(host, divergence, given);
        expectClose(read(losses), zerosLike(losses), 1e-9, `losses at σ = ${sigma}`);
        expectClose(read(gradient), zerosLike(gradient), 1e-9, `gradient at σ = ${sigma}`);
      }
    });

    test("samples do not see each other, whatever their order", () => {
      using _scope = host.scope();
      const draw = someDraw(setting.dim);
      const order = draw.weights.map((_, i) => (5 * i + 3) % draw.weights.length);
      const given = { setting, units: "x₀-predictions" } as const;
      const a = surrogate(host, divergence, { ...given, draw });
      const b = surrogate(host, divergence, { ...given, draw: permuted(draw, order) });
      expect([...read(b.losses)]).toEqual(order.map((i) => a.losses.reference.flat(i)));
      expectClose(read(b.gradient), read(a.gradient), 1e-12, "gradient");
    });
  });

  test("a distance is 0 at 0, and does not fall along a ray", () => {
    if (divergence.exact?.of !== "scores") return;
    const { distance } = divergence.exact;
    for (let k = 0; k < 20; k++) {
      using _scope = host.scope();
      const y = [...values(100 + k, 3)];
      const ray = [0, 1e-3, 0.5, 1, 4, 100].flatMap((r) => y.map((v) => r * v));
      const d = [...read(distance(tensor(host, ray, [6, 3])))];
      expect(d[0]).toBeCloseTo(0, 12);
      expect(d, `along ${y}`).toEqual([...d].sort((a, b) => a - b));
      expect(d[5]).toBeGreaterThan(0);
    }
  });

  test("degree: fields k times as large give a loss k^p times as large", () => {
    for (const k of [0.5, 3]) {
      const want = losses(divergence, 1).map((v) => v * k ** divergence.degree);
      expectClose(losses(grown(registered, k), k), want, 1e-9, `${name}, k = ${k}`);
    }
  });
});

test("the laws see the mistake: detached networks have another gradient", () => {
  using _scope = host.scope();
  for (const setting of SETTINGS) {
    const given = { setting, units: "x₀-predictions" } as const;
    const want = read(exactGradient(host, l2(), given) ?? tensor(host, []));
    const got = read(surrogate(host, detached(l2()), given).gradient);
    const largest = Math.max(...want.map(Math.abs));
    const worst = Math.max(...want.map((w, i) => Math.abs(w - (got[i] ?? 0))));
    expect(worst).toBeGreaterThan(0.1 * largest);
  }
});

/** Options in units of the field grown with the field. */
function grown({ about, create }: RegisteredDivergence, k: number): Divergence {
  const options: Record<string, OptionValue> = { ...about.example };
  for (const [name, option] of Object.entries(about.options)) {
    const value = options[name] ?? option.default;
    if ("ofField" in option && typeof value === "number") options[name] = k * value;
  }
  return create(options);
}

/** Losses and gradients for fields that are no one's score, times k. */
function losses(divergence: Divergence, k: number): number[] {
  using _scope = host.scope();
  const psi: Field = (x) => mul(add(sin(mul(x, 1.3)), mul(x, -0.4)), k);
  const ref: Field = (x) => mul(tanh(add(x, cos(x))), -0.9 * k);
  const densityRatio: Field = (x) => exp(sum(sin(x), { axes: [1, 2] }));
  const noise = tensor(host, values(2, 12), [3, 2, 2]);
  const loss = (x0: Tensor): Tensor => {
    const x_t = add(x0, mul(noise, 0.6));
    return divergence.generatorLoss({ psi, ref, target: mul(x0, k), x_t, densityRatio }).loss;
  };
  const x0 = tensor(host, values(1, 12), [3, 2, 2]);
  const [slope = x0] = grad((x) => sum(loss(x)))(x0);
  return [...read(loss(x0)), ...read(slope)];
}

describe("by kernels", () => {
  const gpu = testDevice();
  const [, plane] = SETTINGS;
  if (!plane) throw new Error("no setting in two dimensions");
  const given = { setting: plane, units: "x₀-predictions", draw: someDraw(2) } as const;
  const cases = all.map(([name, { about, create }]) => [name, create(about.example)] as const);

  const valuesOf = async ({ losses, gradient }: Outcome): Promise<number[]> => [
    ...(await losses.data()),
    ...(await gradient.data()),
  ];

  test.each(cases)("%s: kernels agree with float64", async (name, divergence) => {
    using _gpu = gpu().scope();
    using _host = host.scope();
    const got = await valuesOf(surrogate(gpu(), divergence, given));
    expectClose(got, await valuesOf(surrogate(host, divergence, given)), 3e-5, name);
  });

  test.each(cases)("%s: finite at σ = 0.001 and σ = 80", async (_, divergence) => {
    using _gpu = gpu().scope();
    for (const sigma of [1e-3, 80]) {
      const got = await valuesOf(surrogate(gpu(), divergence, { ...given, sigma }));
      expect(got.filter(Number.isFinite), `σ = ${sigma}: ${got}`).toHaveLength(got.length);
    }
  });
});
