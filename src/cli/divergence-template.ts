/** What `hitofude new divergence` writes: a divergence that works, and its test. */

export const KINDS = ["distance", "field"] as const;
export type Kind = (typeof KINDS)[number];

export interface Names {
  /** my-idea */
  readonly name: string;
  /** myIdea */
  readonly identifier: string;
  /** My idea */
  readonly title: string;
}

export interface Template {
  readonly source: (names: Names) => string;
  readonly test: (names: Names) => string;
}

export const TEMPLATES: Readonly<Record<Kind, Template>> = {
  distance: {
    source: ({ name, identifier, title }) => `/**
 * ${title}, as a score divergence: give d; its derivative and the loss follow (theorem 3.1).
 *
 *     d(y) = c² ln(1 + ‖y‖² / c²),        d'(y) = 2 y / (1 + ‖y‖² / c²)
 *
 * Source: this is the Cauchy distance. Put your formula and its paper here.
 */
import { mul } from "../ops/binary.js";
import { log1p } from "../ops/unary.js";
import { defineDivergence } from "./define.js";
import { dot } from "./divergence.js";
import { scoreDivergence } from "./score-divergence.js";

export const ${identifier} = defineDivergence({
  formula: "d(y) = c² ln(1 + ‖y‖² / c²)",
  source: "the Cauchy distance",
  use: "nearly l2 where ‖y‖ < c; far samples pull less and less",
  options: { c: { what: "where the pull is largest", default: 1, above: 0, ofField: true } },
  example: { c: 3 },
  make: ({ c }) =>
    scoreDivergence({
      name: "${name}",
      degree: 2,
      distance: (y) => mul(log1p(mul(dot(y, y), 1 / c ** 2)), c ** 2),
    }),
});
`,
    test: ({
      name,
      identifier,
      title,
    }) => `/** ${title}: its own numbers. The laws of laws.test.ts hold for every registered divergence. */
import { expect, test } from "vitest";
import { ReferenceDevice } from "../../src/device/reference.js";
import { ${identifier} } from "../../src/divergences/${name}.js";
import { tensor } from "../../src/tensor/create.js";

const c = 0.7;
const { distance } = ${identifier}({ c });

/** d for samples of two elements. */
function distances(...y: readonly number[]): Float64Array {
  const host = new ReferenceDevice();
  using _scope = host.scope();
  return distance(tensor(host, y, [y.length / 2, 2])).reference.data.slice();
}

test("known values: 0 at 0, c² ln 2 where ‖y‖ = c", () => {
  const [zero = -1, one = -1] = distances(0, 0, 0.6 * c, 0.8 * c);
  expect(zero).toBe(0);
  expect(one).toBeCloseTo(c ** 2 * Math.log(2), 12);
});

test("near 0 it is ‖y‖², far away it grows more slowly", () => {
  const [near = 0, far = 0] = distances(1e-4, 0, 100, 0);
  expect(near / 1e-8).toBeCloseTo(1, 6);
  expect(far).toBeLessThan(100);
});
`,
  },
  field: {
    source: ({ name, identifier, title }) => `/**
 * ${title}: a loss of its own, which decides where gradient flows.
 *
 *     loss = sg[ y ]ᵀ x_t,        y = s_ψ(x_t) − s_ref(x_t)
 *
 * Source: this is integral KL. Put your formula and its paper here.
 */
import { stopGradient } from "../autograd/grad.js";
import { sub } from "../ops/binary.js";
import { log, neg } from "../ops/unary.js";
import { defineDivergence } from "./define.js";
import { type Divergence, dot } from "./divergence.js";

export const ${identifier} = defineDivergence({
  formula: "loss = sg[y]ᵀ x_t",
  source: "integral KL",
  use: "no derivative of a network's input",
  options: {},
  make: (): Divergence => ({
    name: "${name}",
    degree: 1,
    // What the loss has the gradient of: E f(p_ref / p_θ). Leave it out where that is not known.
    exact: { of: "ratio", f: (r) => neg(log(r)) },
    generatorLoss({ psi, ref, x_t }) {
      const x = stopGradient(x_t);
      const y = stopGradient(sub(psi(x), ref(x)));
      return { loss: dot(y, x_t), y };
    },
  }),
});
`,
    test: ({
      name,
      identifier,
      title,
    }) => `/** ${title}: its own numbers. The laws of laws.test.ts hold for every registered divergence. */
import { expect, test } from "vitest";
import { grad } from "../../src/autograd/grad.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import { ${identifier} } from "../../src/divergences/${name}.js";
import { mul } from "../../src/ops/binary.js";
import { sum } from "../../src/ops/sum.js";
import { tensor } from "../../src/tensor/create.js";
import type { Tensor } from "../../src/tensor/tensor.js";

test("its gradient in x_t is y", () => {
  const host = new ReferenceDevice();
  using _scope = host.scope();
  const x = tensor(host, [0.4, -1.2, 2, 0.5], [2, 2]);
  const psi = (at: Tensor): Tensor => mul(at, -0.5);
  const ref = (at: Tensor): Tensor => mul(at, -0.2);
  const loss = (x_t: Tensor): Tensor =>
    sum(${identifier}().generatorLoss({ psi, ref, target: x, x_t }).loss);
  const [slope = x] = grad(loss)(x);
  slope.reference.data.forEach((g, i) => {
    expect(g).toBeCloseTo(-0.3 * x.reference.flat(i), 12);
  });
});
`,
  },
};
