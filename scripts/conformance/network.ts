/** Products, normalisations, attention, losses: what networks are made of. */
import * as ops from "../../src/ops/index.js";
import { type Asked, type Entry, type Form, type Given, LARGE, on } from "./cases.js";
import type { Draw } from "./draw.js";

type Heads = Omit<ops.AttentionOptions, "mask">;
interface Tokens {
  readonly heads?: number;
  readonly T?: number;
  readonly S?: number;
}

/** q, k and v of a few heads, and what stands for a mask. */
function tokens(draw: Draw, given: Tokens = {}) {
  const { heads = draw.pick([1, 2, 3]), T = draw.size(1, 7), S = draw.size(1, 7) } = given;
  const B = draw.size(1, 3);
  const C = heads * draw.size(1, 5);
  const inputs = [draw.f32([B, T, C]), draw.f32([B, S, C]), draw.f32([B, S, C])];
  return { inputs, heads, S, B };
}

/** 0 or −1e9 for each key; the first key of all is always seen. */
function mask(draw: Draw, B: number, S: number): Given {
  const drawn = draw.of([B, S], [0, 0, -1e9]);
  const values = drawn.values.map((v, i) => (i % S === 0 ? 0 : v));
  return { ...drawn, values, frozen: true };
}

const attention: Readonly<Record<string, Form<Heads>>> = {
  plain: (draw) => {
    const { inputs, heads } = tokens(draw);
    return { inputs, options: { heads } };
  },
  causal: (draw) => {
    const { inputs, heads } = tokens(draw);
    return { inputs, options: { heads, causal: true } };
  },
  mask: (draw) => {
    const { inputs, heads, B, S } = tokens(draw);
    return { inputs: [...inputs, mask(draw, B, S)], options: { heads } };
  },
  "mask and causal": (draw) => {
    const { inputs, heads, B, S } = tokens(draw);
    return { inputs: [...inputs, mask(draw, B, S)], options: { heads, causal: true } };
  },
  "a query that sees nothing": (draw) => {
    const { inputs, heads, B, S } = tokens(draw);
    const none = {
      ...mask(draw, B, S),
      values: Array.from({ length: B * S }, (_, i) => (i < S ? "-Infinity" : 0)),
    };
    return { inputs: [...inputs, none], options: { heads } };
  },
  // So many weights that the kernels do not hold them.
  [LARGE]: (draw) => {
    const { inputs, heads, B, S } = tokens(draw, { heads: 1, T: 512, S: 512 });
    const options = { heads, causal: draw.pick([true, false]) };
    return { inputs: [...inputs, mask(draw, B, S)], options };
  },
};

const eps = 1e-5;
const weights = (draw: Draw, channels: number): Given[] => [
  draw.f32([channels], { low: 0.5, high: 1.5 }),
  draw.f32([channels]),
];

const grouped: Readonly<Record<string, Form<{ groups: number; eps: number }>>> = {
  any: (draw) => {
    const groups = draw.integer(1, 3);
    const channels = groups * draw.size(1, 3);
    const x = draw.f32([draw.size(1, 3), channels, draw.size(2, 6), draw.size(1, 6)]);
    return { inputs: [x, ...weights(draw, channels)], options: { groups, eps } };
  },
  [LARGE]: (draw) => ({
    inputs: [draw.f32([2, 8, 16, 16]), ...weights(draw, 8)],
    options: { groups: 2, eps },
  }),
};

const features = (draw: Draw): number[] => [...draw.shape(draw.integer(1, 2), 5), draw.size(2, 9)];

function product(draw: Draw, options: ops.MatmulOptions, lead: [number[], number[]]) {
  const [M, N, K] = [draw.size(1, 9), draw.size(1, 9), draw.size(1, 9)];
  const a = options.transposeA ? [K, M] : [M, K];
  const b = options.transposeB ? [N, K] : [K, N];
  return { inputs: [draw.f32([...lead[0], ...a]), draw.f32([...lead[1], ...b])], options };
}

const matmul: Readonly<Record<string, Form<ops.MatmulOptions>>> = {
  matrices: (draw) => product(draw, {}, [[], []]),
  "a transposed": (draw) => product(draw, { transposeA: true }, [[], []]),
  "b transposed": (draw) => product(draw, { transposeB: true }, [[], []]),
  "both transposed": (draw) => product(draw, { transposeA: true, transposeB: true }, [[], []]),
  batches: (draw) => {
    const lead = draw.shape(draw.integer(1, 2), 3);
    return product(draw, { transposeB: draw.pick([true, false]) }, [lead, lead]);
  },
  "one matrix for a batch": (draw) => {
    const lead = draw.shape(2, 3);
    return product(
      draw,
      { transposeA: draw.pick([true, false]) },
      draw.pick([
        [lead, []],
        [[], lead],
      ]),
    );
  },
  [LARGE]: (draw) => ({ inputs: [draw.f32([70, 130]), draw.f32([130, 65])], options: {} }),
};

const linear: Readonly<Record<string, Form<object>>> = {
  "with a bias": (draw) => layer(draw, draw.shape(draw.integer(0, 2), 5), true),
  "without a bias": (draw) => layer(draw, draw.shape(draw.integer(1, 2), 5), false),
  [LARGE]: (draw) => ({
    inputs: [draw.f32([70, 130]), draw.f32([65, 130]), draw.f32([65])],
    options: {},
  }),
};

function layer(draw: Draw, lead: readonly number[], bias: boolean) {
  const [size, outputs] = [draw.size(1, 9), draw.size(1, 9)];
  const inputs = [draw.f32([...lead, size]), draw.f32([outputs, size])];
  return { inputs: bias ? [...inputs, draw.f32([outputs])] : inputs, options: {} };
}

/** Equations, and the size of each of their letters. */
const EQUATIONS: readonly [string, ...string[]] = [
  "ij,jk->ik",
  "bij,bjk->bik",
  "ij,jk",
  "ij->ji",
  "ij->",
  "ij->j",
  "i,j->ij",
  "bhtd,bhsd->bhts",
  "ij,ij->i",
  "ij,jk,kl->il",
  "bi,ijk,bk->bj",
];

function equation(draw: Draw, text: string): Asked<{ equation: string }> {
  const sizes = new Map<string, number>();
  for (const letter of text.matchAll(/[a-z]/g)) {
    if (!sizes.has(letter[0])) sizes.set(letter[0], draw.size(1, 4));
  }
  const operands = (text.split("->")[0] ?? "").split(",");
  const shapes = operands.map((letters) => [...letters].map((letter) => sizes.get(letter) ?? 1));
  return { inputs: shapes.map((shape) => draw.f32(shape)), options: { equation: text } };
}

export const NETWORK: Readonly<Record<string, Entry>> = {
  attention: on<Heads>(
    ([q, k, v, mask], options) => ops.attention(q!, k!, v!, { ...options, mask }),
    attention,
  ),
  crossEntropy: on(([logits, targets]) => ops.crossEntropy(logits!, targets!), {
    any: (draw) => {
      const [n, k] = [draw.size(1, 8), draw.size(2, 9)];
      return { inputs: [draw.f32([n, k], { low: -4, high: 4 }), draw.u32([n], k)], options: {} };
    },
    "large logits": (draw) => {
      const [n, k] = [draw.size(1, 8), draw.size(2, 9)];
      return { inputs: [draw.f32([n, k], { low: -90, high: 90 }), draw.u32([n], k)], options: {} };
    },
  }),
  einsum: on<{ equation: string }>(
    (operands, { equation: text }) => ops.einsum(text, ...operands),
    Object.fromEntries(EQUATIONS.map((text) => [text, (draw: Draw) => equation(draw, text)])),
  ),
  embedding: on(([weight, ids]) => ops.embedding(weight!, ids!), {
    any: (draw) => {
      const [v, d] = [draw.size(1, 6), draw.size(1, 6)];
      return { inputs: [draw.f32([v, d]), draw.u32(draw.shape(2, 5), v)], options: {} };
    },
  }),
  geglu: on(([x]) => ops.geglu(x!), {
    any: (draw) => ({ inputs: [draw.f32([draw.size(1, 5), 8 * draw.integer(1, 2)])], options: {} }),
  }),
  groupNorm: on<{ groups: number; eps: number }>(
    ([x, weight, bias], o) => ops.groupNorm(x!, { ...o, weight: weight!, bias: bias! }),
    grouped,
  ),
  groupNormSilu: on<{ groups: number; eps: number }>(
    ([x, weight, bias], o) => ops.groupNormSilu(x!, { ...o, weight: weight!, bias: bias! }),
    grouped,
  ),
  layerNorm: on<{ eps: number }>(
    ([x, weight, bias], o) => ops.layerNorm(x!, { ...o, weight: weight!, bias: bias! }),
    {
      any: (draw) => {
        const shape = features(draw);
        return {
          inputs: [draw.f32(shape), ...weights(draw, shape.at(-1) ?? 1)],
          options: { eps },
        };
      },
    },
  ),
  linear: on<object>(([x, w, bias]) => ops.linear(x!, w!, bias), linear),
  matmul: on<ops.MatmulOptions>(([a, b], options) => ops.matmul(a!, b!, options), matmul),
  oneHot: on<{ depth: number }>(([ids], { depth }) => ops.oneHot(ids!, depth), {
    any: (draw) => {
      const depth = draw.size(1, 6);
      return { inputs: [draw.u32(draw.shape(2), depth)], options: { depth } };
    },
  }),
  rmsNorm: on<{ eps: number }>(([x, weight], o) => ops.rmsNorm(x!, { ...o, weight }), {
    any: (draw) => {
      const shape = features(draw);
      const weight = draw.f32([shape.at(-1) ?? 1], { low: 0.5, high: 1.5 });
      return { inputs: [draw.f32(shape), weight], options: { eps } };
    },
    "no weight": (draw) => ({ inputs: [draw.f32(features(draw))], options: { eps } }),
  }),
};
