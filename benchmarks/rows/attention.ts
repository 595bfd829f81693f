/** Attention of 256 to 4,096 tokens, two heads of 64: forward, and forward with all gradients. */
import type { Problem } from "../problem.js";
import type { Row } from "./row.js";
import { attentionExpected, input, inputValues } from "./sampled.js";

const HEADS = 2;
const D = 64;

function rows(T: number): Row[] {
  const shape = [1, T, HEADS * D];
  // Scores of standard deviation 1: the softmax is neither flat nor one-hot.
  const values = { spread: 3 ** 0.5 };
  const inputs = [1, 2, 3].map((seed) => input(shape, seed, values));
  const forward: Problem = {
    inputs,
    program: (ops, x) => [ops.attention(x(0), x(1), x(2), HEADS)],
  };
  const gradients: Problem = {
    inputs: [...inputs, input(shape, 4)],
    program: (ops, x) => [ops.attention(x(0), x(1), x(2), HEADS)],
    wrt: [0, 1, 2],
    style: "compiled",
  };
  const sizes = { heads: HEADS, T, d: D };
  const common = { family: "attention", naive: "never" } as const;
  const [flop, bytes] = [4 * HEADS * T * T * D, 4 * T * HEADS * D];
  return [
    {
      ...common,
      name: `attention ${T}`,
      quick: T === 256,
      flop,
      bytes: 4 * bytes,
      problem: forward,
      expect: () => attentionExpected(inputValues(forward), sizes),
    },
    {
      ...common,
      name: `attention ${T} + gradients`,
      quick: T === 256,
      // Forward 2 products; backward 5, of which the scores are made anew.
      flop: 3.5 * flop,
      bytes: 8 * bytes,
      problem: gradients,
      expect: () => attentionExpected(inputValues(gradients), sizes),
    },
  ];
}

export const ATTENTION_ROWS: readonly Row[] = [256, 1024, 4096].flatMap(rows);
