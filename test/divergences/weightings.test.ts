/**
 * Weightings, and what they do to a divergence:
 *
 *     units        the weighted loss is the same on scores and on x₀-predictions, guidance included
 *     identities   kl with SiD's weighting is dmd
 *     numbers      each formula at known levels; variance-preserving noise beside -exploding
 */
import { describe, expect, test } from "vitest";
import { grad } from "../../src/autograd/grad.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import {
  type Divergence,
  divergences,
  dmd,
  type Field,
  kl,
  l2,
  type Objective,
  type OptionValue,
  objectiveLoss,
  objectiveWeights,
  type Units,
  weightFor,
  weightingNamed,
  weightings,
} from "../../src/divergences/index.js";
import { add, mul } from "../../src/ops/binary.js";
import { sum } from "../../src/ops/sum.js";
import { cos, exp, sin, tanh } from "../../src/ops/unary.js";
import { tensor } from "../../src/tensor/create.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { expectClose } from "../op-suite.js";
import { values } from "../random.js";
import { inUnits } from "./settings.js";

const host = new ReferenceDevice();
const SHAPE = [3, 2, 2] as const;
const SIGMA = 0.6;
const psi: Field = (x) => add(sin(mul(x, 1.3)), mul(x, -0.4));
const ref: Field = (x) => mul(tanh(add(x, cos(x))), -0.9);
const empty: Field = (x) => mul(cos(x), 0.5);
const densityRatio: Field = (x) => exp(sum(sin(x), { axes: [1, 2] }));

/** Weighted losses [3] and their gradient in x₀ [3, 2, 2], one after the other. */
function outcome(objective: Objective): number[] {
  using _scope = host.scope();
  const { units } = objective;
  const noise = tensor(host, values(2, 12), SHAPE);
  const weights = objectiveWeights(objective, [SIGMA, SIGMA, SIGMA]);
  const loss = (x0: Tensor): Tensor => {
    const x_t = add(x0, mul(noise, SIGMA));
    const [p, r, e] = [psi, ref, empty].map((f) => inUnits(units, f, SIGMA));
    if (!p || !r || !e) throw new Error("no fields");
    const target = units === "scores" ? mul(noise, -1 / SIGMA) : x0;
    const given = { psi: p, ref: r, empty: e, target, x_t, densityRatio };
    return objectiveLoss(objective, given, weights).loss;
  };
  const x0 = tensor(host, values(1, 12), SHAPE);
  const [slope = x0] = grad((x) => sum(loss(x)))(x0);
  return [...loss(x0).reference.data, ...slope.reference.data];
}

/** A registered divergence whose constants in units of the field belong to these units. */
function inFieldUnits(name: string, units: Units): Divergence {
  const registered = divergences[name];
  if (!registered) throw new Error(name);
  const options: Record<string, OptionValue> = { ...registered.about.example };
  for (const [key, option] of Object.entries(registered.about.options)) {
    const value = options[key] ?? option.default;
    if ("ofField" in option && units !== "scores") options[key] = Number(value) * SIGMA ** 2;
  }
  return registered.create(options);
}

describe.each(Object.values(weightings))("weighting $name", (weighting) => {
  // Detached networks are another divergence in each unit: that is what is wrong with them.
  const names = Object.keys(divergences).filter((name) => name !== "detached-l2");
  test.each(names)("%s: the same on scores and on x₀-predictions", (name) => {
    for (const guidance of ["in", "out"] as const) {
      const [a, b] = (["scores", "x₀-predictions"] as const).map((units) =>
        outcome({
          divergence: inFieldUnits(name, units),
          weighting,
          units,
          guidance,
          alpha_cfg: 0.7,
        }),
      );
      expectClose(a, b ?? [], 1e-11, `${name}, ${guidance}`);
    }
  });

  test("says what it is, under its own name", () => {
    expect(weightingNamed(weighting.name)).toBe(weighting);
    for (const text of [weighting.formula, weighting.source, weighting.use]) {
      expect(text).toMatch(/^\S.*$/);
    }
  });
});

describe("identities", () => {
  test.each(["scores", "x₀-predictions"] as const)(
    "on %s kl weighted by SiD's 1/n is dmd",
    (units) => {
      const sid = outcome({ divergence: kl(), weighting: weightingNamed("sid"), units });
      const plain = { ...weightingNamed("x0"), units };
      expectClose(sid, outcome({ divergence: dmd(), weighting: plain, units }), 1e-12, units);
    },
  );

  test("guidance: under KL, IN and OUT have one gradient; at α_cfg = 0 they are the same", () => {
    const base = { weighting: weightingNamed("sigma2"), units: "scores" } as const;
    const at = (divergence: Divergence, guidance: "in" | "out", alpha_cfg: number): number[] =>
      outcome({ ...base, divergence, guidance, alpha_cfg });
    expectClose(at(kl(), "out", 0.7).slice(3), at(kl(), "in", 0.7).slice(3), 1e-12, "kl");
    expect(at(l2(), "out", 0)).toEqual(at(l2(), "in", 0));
    expect(at(l2(), "out", 0.7)).not.toEqual(at(l2(), "in", 0.7));
  });

  test("x0 is σ⁴ for l2 and σ² for kl in terms of scores", () => {
    const on = (name: string, divergence: Divergence): number[] =>
      outcome({ divergence, weighting: weightingNamed(name), units: "scores" });
    expectClose(on("x0", l2()), on("high-noise", l2()), 1e-12, "l2");
    expectClose(on("x0", kl()), on("sigma2", kl()), 1e-12, "kl");
  });
});

test("weights at known levels", () => {
  const sigma = 0.5;
  const scores = { degree: 2, units: "scores" } as const;
  const table = Object.fromEntries(
    Object.entries(weightings).map(([name, w]) => [name, weightFor(w, scores, sigma)]),
  );
  expect(table).toEqual({
    x0: 1 / 16,
    score: 1,
    sigma2: 1 / 4,
    "sigma2-alpha2": 1 / 4,
    "low-noise": 2,
    "high-noise": 1 / 16,
    sid: 1 / 4,
  });
});

test("σ²/α² is one number for both kinds of noise; σ² is not", () => {
  const [alpha, sigma] = [1 / Math.hypot(1, 2), 2 / Math.hypot(1, 2)];
  expect(weightingNamed("sigma2-alpha2").weight(sigma, alpha)).toBeCloseTo(4, 12);
  expect(weightingNamed("sigma2-alpha2").weight(2)).toBe(4);
  expect(weightingNamed("sigma2").weight(sigma, alpha)).toBeCloseTo(0.8, 12);
  const predictions = { degree: 2, units: "x₀-predictions" } as const;
  const got = weightFor(weightingNamed("score"), predictions, sigma, alpha);
  expect(got).toBeCloseTo((alpha / sigma ** 2) ** 2, 12);
});

test("guidance without the unconditional field is refused, names are listed", () => {
  using _scope = host.scope();
  const x = tensor(host, [1, 2], [1, 2]);
  const objective: Objective = {
    divergence: l2(),
    weighting: weightingNamed("x0"),
    units: "scores",
    alpha_cfg: 1,
  };
  const weights = objectiveWeights(objective, [1]);
  expect(() =>
    objectiveLoss(objective, { psi, ref, target: x, x_t: x }, weights),
  ).toThrowErrorMatchingInlineSnapshot(
    `[UsageError: objectiveLoss: α_cfg is 1, and the field without condition is not given. Give it as \`empty\`, or set alpha_cfg to 0.]`,
  );
  expect(() => weightingNamed("heavy")).toThrowErrorMatchingInlineSnapshot(
    `[UsageError: There is no weighting heavy. Known: x0, score, sigma2, sigma2-alpha2, low-noise, high-noise, sid.]`,
  );
});
