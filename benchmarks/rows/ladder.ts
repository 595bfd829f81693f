/**
 * `npm run bench -- ladder`: every variant of this project's kernels at the same sizes, from the
 * slow ancestor up. The variants are engines there: naive, tiled, and what the device chooses.
 */
import type { Problem } from "../problem.js";
import { ATTENTION_ROWS } from "./attention.js";
import { CONV_ROWS } from "./conv.js";
import { MATMUL_ROWS } from "./matmul.js";
import type { Row } from "./row.js";
import { attentionExpected, input, inputValues } from "./sampled.js";

const CHOSEN = new Set([
  "matmul 256",
  "matmul 512",
  "matmul 1024",
  "matmul 512 a bᵀ",
  "conv 3×3 forward 8×32×32×64",
  "conv 3×3 input gradient 8×32×32×64",
  "conv 3×3 weight gradient 8×32×32×64",
  "conv 3×3 forward 8×8×8×256",
  "conv 1×1 forward 8×32×32×64",
  "attention 1024",
  "attention 1024 + gradients",
]);

/** softmax(q kᵀ / √d) v by three ops that hold the scores, head by head as one batch. */
function materialised(T: number, heads: number, d: number): Row {
  const problem: Problem = {
    inputs: [1, 2, 3].map((seed) => input([heads, T, d], seed, { spread: 3 ** 0.5 })),
    style: "compiled",
    program: (ops, x) => {
      const scores = ops.mul(ops.matmul(x(0), x(1), { transposeB: true }), d ** -0.5);
      return [ops.matmul(ops.softmax(scores), x(2))];
    },
  };
  return {
    name: `attention ${T} by matmul and softmax`,
    family: "attention",
    quick: false,
    naive: "always",
    flop: 4 * heads * T * T * d,
    bytes: 16 * heads * T * d,
    problem,
    // The first head alone: its arrays stand in front.
    expect: () =>
      attentionExpected(
        inputValues(problem).map((x) => x.subarray(0, T * d)),
        { heads: 1, T, d },
      ),
  };
}

export const LADDER_ROWS: readonly Row[] = [
  ...[...MATMUL_ROWS, ...CONV_ROWS].filter(({ name }) => CHOSEN.has(name)),
  materialised(1024, 2, 64),
  ...ATTENTION_ROWS.filter(({ name }) => CHOSEN.has(name)),
];
