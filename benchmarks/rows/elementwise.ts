/** Norms, softmax, chains of elementwise functions, reductions, tiny ops, AdamW. */
import type { AdamWNumbers, Ops, Problem } from "../problem.js";
import type { Row } from "./row.js";
import { input, inputValues, sampled } from "./sampled.js";

const common = { naive: "never" } as const;

function groupNormSilu(N: number, S: number, C: number, quick = false): Row {
  const picture = "picture" as const;
  const problem: Problem = {
    inputs: [
      input([N, C, S, S], 1, { layout: picture }),
      input([C], 2, { weight: true, centre: 1 }),
      input([C], 3, { weight: true }),
    ],
    results: [picture],
    style: "compiled",
    program: (ops, x) => [ops.groupNorm(x(0), x(1), x(2), { groups: 32, eps: 1e-5, silu: true })],
  };
  const elements = N * C * S * S;
  const name = `group norm + silu ${N}×${S}×${S}×${C}`;
  return {
    ...common,
    name,
    family: "norm",
    quick,
    bytes: 8 * elements,
    flop: 10 * elements,
    problem,
  };
}

function layerNorm(rows: number, C: number): Row {
  const problem: Problem = {
    inputs: [
      input([rows, C], 1),
      input([C], 2, { weight: true, centre: 1 }),
      input([C], 3, { weight: true }),
    ],
    style: "compiled",
    program: (ops, x) => [ops.layerNorm(x(0), x(1), x(2))],
  };
  const size = rows * C;
  const name = `layer norm ${rows}×${C}`;
  return { ...common, name, family: "norm", quick: true, bytes: 8 * size, flop: 8 * size, problem };
}

function softmax(rows: number, C: number, quick = false): Row {
  const size = rows * C;
  return {
    ...common,
    name: `softmax ${rows}×${C}`,
    family: "softmax",
    quick,
    bytes: 8 * size,
    flop: 5 * size,
    problem: {
      inputs: [input([rows, C], 1, { spread: 5 })],
      program: (ops, x) => [ops.softmax(x(0))],
    },
  };
}

const MILLION = 2 ** 20;

const ELEMENTS = 4 * MILLION;

/** An elementwise program, and what it means at one place. */
function elementwise(
  name: string,
  quick: boolean,
  ops: number,
  problem: Problem,
  mean: (...x: number[]) => number,
): Row {
  const count = problem.inputs.length;
  return {
    ...common,
    name: `${name}, 4 M`,
    family: "elementwise",
    quick,
    bytes: 4 * (count + 1) * ELEMENTS,
    flop: ops * ELEMENTS,
    problem,
    expect: () => {
      const given = inputValues(problem);
      return [sampled(ELEMENTS, (i) => mean(...given.map((x) => x[i] ?? Number.NaN)))];
    },
  };
}

/** y = x² · tanh(silu(x · a + b)) − x: nothing but memory traffic, if it is fused. */
const chain = elementwise(
  "chain of 6",
  true,
  6,
  {
    inputs: [1, 2, 3].map((seed) => input([ELEMENTS], seed, { spread: 2 })),
    style: "compiled",
    elementwise: true,
    program: (ops, x) => {
      const inner = ops.unary("tanh", ops.unary("silu", ops.add(ops.mul(x(0), x(1)), x(2))));
      return [ops.sub(ops.mul(ops.unary("square", x(0)), inner), x(0))];
    },
  },
  (x = 0, a = 0, b = 0) => {
    const z = x * a + b;
    return x * x * Math.tanh(z / (1 + Math.exp(-z))) - x;
  },
);

const addRow = elementwise(
  "add",
  false,
  1,
  {
    inputs: [1, 2].map((seed) => input([ELEMENTS], seed)),
    program: (ops, x) => [ops.add(x(0), x(1))],
  },
  (a = 0, b = 0) => a + b,
);

const SIDE = 2048;

function reduction(name: string, axis: number | undefined, quick = false): Row {
  const problem: Problem = {
    inputs: [input([SIDE, SIDE], 1, { centre: 0.5 })],
    program: (ops, x) => [ops.sum(x(0), axis)],
  };
  /** Where the numbers of one sum begin, how far apart they lie, and how many they are. */
  const [start, step, count] =
    axis === 0 ? [1, SIDE, SIDE] : axis === 1 ? [SIDE, 1, SIDE] : [0, 1, SIDE * SIDE];
  return {
    ...common,
    name: `sum ${name}`,
    family: "reduction",
    quick,
    bytes: 4 * SIDE * SIDE,
    flop: SIDE * SIDE,
    problem,
    expect: () => {
      const [x = new Float32Array()] = inputValues(problem);
      return [
        sampled(axis === undefined ? 1 : SIDE, (place) => {
          let sum = 0;
          for (let i = 0; i < count; i++) sum += x[place * start + i * step] ?? 0;
          return sum;
        }),
      ];
    },
  };
}

const CHAINED = 1000;
const thousand = <T>(ops: Ops<T>, x: (i: number) => T): readonly T[] => {
  let y = x(0);
  for (let i = 0; i < CHAINED; i++) y = ops.add(y, x(1));
  return [y];
};

function tiny(style: "eager" | "compiled"): Row {
  const how = style === "eager" ? "one by one" : "captured or compiled";
  const inputs = [input([16], 1), input([16], 2, { spread: 1e-3 })];
  const problem: Problem = { inputs, style, program: thousand, launches: CHAINED };
  const name = `1000 adds of 16 floats, ${how}`;
  return { ...common, name, family: "tiny", quick: style === "eager", problem };
}

const ADAMW: AdamWNumbers = { lr: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01 };
const PARAMETERS = 10_000_000;

const adamw: Row = {
  ...common,
  name: "AdamW, 10 M parameters",
  family: "optimizer",
  quick: false,
  bytes: 7 * 4 * PARAMETERS,
  flop: 14 * PARAMETERS,
  problem: {
    inputs: [
      input([PARAMETERS], 1, { spread: 0.1 }),
      input([PARAMETERS], 2),
      input([PARAMETERS], 3, { spread: 0 }),
      input([PARAMETERS], 4, { spread: 0 }),
    ],
    special: "adamw",
    train: ADAMW,
    checkAfter: 2,
    program: (_, x) => [x(1), x(2), x(3)],
  },
};

export const ELEMENTWISE_ROWS: readonly Row[] = [
  groupNormSilu(8, 32, 64, true),
  groupNormSilu(1, 64, 320),
  layerNorm(4096, 640),
  softmax(4096, 256, true),
  softmax(1024, 4096),
  chain,
  addRow,
  reduction("all of 4 M", undefined, true),
  reduction("rows of 2048²", 1),
  reduction("columns of 2048²", 0),
  tiny("eager"),
  tiny("compiled"),
  adamw,
];
