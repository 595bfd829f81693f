import fc from "fast-check";
import { mix, mixBack, scores } from "../../src/ops/attention-product.js";
import { type OpCase, opSuite } from "../op-suite.js";

interface Attrs {
  readonly heads: number;
  readonly scale: number;
}

/** Batch, queries, keys, heads, channels of a head. */
type Sizes = readonly [number, number, number, number, number];

const sizes: fc.Arbitrary<Sizes> = fc.tuple(
  fc.integer({ min: 1, max: 2 }),
  fc.integer({ min: 1, max: 21 }),
  fc.integer({ min: 1, max: 21 }),
  fc.integer({ min: 1, max: 3 }),
  fc.constantFrom(1, 3, 4, 8),
);

/** No multiples of a tile, nothing at all, and rows that four-wide loads can take. */
const EDGES: readonly Sizes[] = [
  [1, 1, 1, 1, 1],
  [0, 2, 3, 2, 4],
  [2, 33, 17, 2, 5],
  [1, 65, 130, 2, 16],
  [1, 129, 36, 4, 20],
];

type Shaper = (s: Sizes) => OpCase<Attrs>["inputs"];

const suiteOf = (shapes: Shaper) => {
  const at = (s: Sizes, scale: number): OpCase<Attrs> => ({
    inputs: shapes(s),
    attrs: { heads: s[3], scale },
  });
  return {
    arbitrary: fc.tuple(sizes, fc.constantFrom(1, 0.25, -3)).map(([s, scale]) => at(s, scale)),
    edges: EDGES.map((s) => at(s, 0.5)),
    kernels: ["fast", "naive"] as const,
    runs: 12,
    tolerance: 2e-5,
  };
};

opSuite("attention's scores", {
  ...suiteOf(([b, t, s, h, d]) => [{ shape: [b, t, h * d] }, { shape: [b, s, h * d] }]),
  apply: ([q, k], attrs) => scores(q!, k!, attrs),
});

opSuite("attention's mix", {
  ...suiteOf(([b, t, s, h, d]) => [{ shape: [b, h, t, s] }, { shape: [b, s, h * d] }]),
  apply: ([weights, v], attrs) => mix(weights!, v!, attrs),
});

opSuite("attention's mix of the other side", {
  ...suiteOf(([b, t, s, h, d]) => [{ shape: [b, h, t, s] }, { shape: [b, t, h * d] }]),
  apply: ([weights, q], attrs) => mixBack(weights!, q!, attrs),
});
