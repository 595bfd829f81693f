/**
 * Draws from categorical distributions by the Gumbel-max trick.
 *
 *     y = argmax_c (logits_c + g_c),   g_c = −ln(−ln u_c)          P(y = c) = softmax(logits)_c
 *
 * The same key and logits give the same draws on every device, to the bit: scores are whole numbers,
 * in units of 2⁻²⁰ bits, with logarithms from integer arithmetic. So probabilities are off by about
 * 1e-6 relative, and by the 24 bits of u. Source: Gumbel, "Statistical theory of extreme values"
 * (1954). The draws have no derivative.
 */
import { defineOp } from "../autograd/define-op.js";
import { ShapeError } from "../errors.js";
import { kernel } from "../shaders/kernel.js";
import { type Key, STREAM, threefry } from "../tensor/key.js";
import { NdArray } from "../tensor/ndarray.js";
import { showShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { assertKey } from "./random.js";
import { asRows, atLeastRank } from "./shared/rows.js";

const run = kernel("categorical", {
  rows: "u32",
  cols: "u32",
  key_0: "u32",
  key_1: "u32",
  stream: "u32",
});

const op = defineOp({
  name: "randomCategorical",
  inputs: ["logits"],
  infer: ({ logits }, _: { readonly key: Key }) => ({
    shape: logits.shape.slice(0, -1),
    dtype: "u32",
  }),
  gpu: ({ logits }, out, { key }) => {
    const { rows, cols } = asRows(logits.shape);
    const [key_0, key_1] = key.words;
    const params = { rows, cols, key_0, key_1, stream: STREAM.categorical };
    run({ tensors: [logits, out], params, groups: rows });
  },
  reference: ({ logits }, { key }, { shape }) => {
    const draws = logits.rows().map((row, r) => {
      const top = row.reduce((a, b) => Math.max(a, Math.fround(b)), -3.4028234663852886e38);
      const scores = row.map((v, c) => {
        const element = r * row.length + c;
        const [bits] = threefry(key.words, [element, STREAM.categorical]);
        return score(Math.fround(Math.fround(v) - top), bits);
      });
      return scores.reduce((best, s, c) => (s > (scores[best] ?? 0) ? c : best), 0);
    });
    return new NdArray(shape, Float64Array.from(draws));
  },
});

/**
 * logits [..., C] → u32 [...]: one draw for each row. −∞ stands for probability 0, and a row of
 * nothing else gives 0; NaN and +∞ have no meaning here.
 * @throws ShapeError when a row is empty.
 */
export function randomCategorical(key: Key, logits: Tensor): Tensor {
  const { shape } = logits;
  if (atLeastRank("randomCategorical", shape, 1).at(-1) === 0) {
    throw new ShapeError(
      `randomCategorical: rows of ${showShape(shape)} are empty. Give at least one category.`,
    );
  }
  assertKey("randomCategorical", logits.device, key);
  return op({ logits }, { key });
}

/** As in categorical.wgsl, step by step. */
function score(below: number, bits: number): number {
  if (!(below > -700)) return Number.NEGATIVE_INFINITY;
  const exponential = 25 * 2 ** 26 - fixedLog2(2 * (bits >>> 8) + 1);
  const scaled = Math.fround(below * Math.fround(Math.LOG2E)) * 2 ** 20;
  return Math.floor(scaled) - Math.floor(fixedLog2(exponential) / 2 ** 6);
}

/** As in lib/fixed_log.wgsl. */
function fixedLog2(x: number): number {
  const zeros = Math.clz32(x);
  let m = (x << zeros) >>> 0;
  let log = 31 - zeros;
  for (let digit = 0; digit < 26; digit++) {
    const [high, low] = [m >>> 16, m & 0xffff];
    const squared = high * high + Math.floor((2 * high * low + ((low * low) >>> 16)) / 2 ** 16);
    const one = squared >= 2 ** 31 ? 1 : 0;
    m = (squared << (1 - one)) >>> 0;
    log = 2 * log + one;
  }
  return log;
}
