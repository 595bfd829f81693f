/**
 * Random programs: a list of instructions, each of which takes earlier values by position. Any list
 * of numbers is a program: positions wrap around, and an instruction that does not fit the shapes
 * at hand falls back to one that does. So fast-check can draw and shrink them freely.
 *
 * All functions are smooth. A bound on the absolute value of everything is tracked, and what could
 * grow past LIMIT is pressed through tanh first: float32 then stays close to float64.
 */
import fc from "fast-check";
import { attention } from "../../src/ops/attention.js";
import { add, div, mul, sub } from "../../src/ops/binary.js";
import { concat } from "../../src/ops/concat.js";
import { layerNorm } from "../../src/ops/layer-norm.js";
import { matmul } from "../../src/ops/matmul.js";
import { mean } from "../../src/ops/mean.js";
import { permute } from "../../src/ops/permute.js";
import { reshape } from "../../src/ops/reshape.js";
import { padAxis, slice } from "../../src/ops/slice.js";
import { softmax } from "../../src/ops/softmax.js";
import { sum } from "../../src/ops/sum.js";
import * as unary from "../../src/ops/unary.js";
import { ones, tensor, zeros } from "../../src/tensor/create.js";
import { type Shape, sizeOf } from "../../src/tensor/shape.js";
import type { Tensor } from "../../src/tensor/tensor.js";

/** Which op, which operands, and a number that settles its details (an axis, a place to cut). */
export interface Instruction {
  readonly op: number;
  readonly a: number;
  readonly b: number;
  readonly detail: number;
  /** Whether a checkpointed run forgets the inside of this instruction. */
  readonly forget: boolean;
}

export interface Program {
  readonly inputs: readonly Shape[];
  readonly code: readonly Instruction[];
}

/** Everything a step needs: its operands, a bound on them, and its detail. */
interface Step {
  readonly a: Tensor;
  readonly b: Tensor;
  readonly bound: { readonly a: number; readonly b: number };
  readonly detail: number;
}

interface Kind {
  readonly name: string;
  /** A bound on the result; operands are tamed when it exceeds LIMIT. */
  readonly bound: (s: Step) => number;
  readonly fits?: (s: Step) => boolean;
  readonly run: (s: Step) => Tensor;
}

const LIMIT = 6;
const MOST_ELEMENTS = 48;

const ELEMENTWISE: Readonly<
  Record<string, readonly [(x: Tensor) => Tensor, (m: number) => number]>
> = {
  sin: [unary.sin, () => 1],
  cos: [unary.cos, () => 1],
  tanh: [unary.tanh, () => 1],
  sigmoid: [unary.sigmoid, () => 1],
  softplus: [unary.softplus, (m) => m + 1],
  silu: [unary.silu, (m) => m],
  gelu: [unary.gelu, (m) => m],
  square: [unary.square, (m) => m * m],
  exp: [unary.exp, Math.exp],
  rootOfSquare: [(x) => unary.sqrt(add(unary.square(x), 1)), (m) => m + 1],
  log: [(x) => unary.log(add(unary.square(x), 1)), (m) => m],
  reciprocal: [(x) => unary.reciprocal(add(unary.square(x), 1)), () => 1],
  rsqrt: [(x) => unary.rsqrt(add(unary.square(x), 1)), () => 1],
};

const broadcasts = ({ a, b }: Step): boolean => {
  const rank = Math.max(a.rank, b.rank);
  const out = Array.from({ length: rank }, (_, i) => [a.shape.at(i - rank), b.shape.at(i - rank)]);
  return (
    out.every(([x = 1, y = 1]) => x === y || x === 1 || y === 1) &&
    sizeOf(out.map(([x = 1, y = 1]) => Math.max(x, y))) <= MOST_ELEMENTS
  );
};
const hasAxis = ({ a }: Step): boolean => a.rank > 0;
const axisOf = ({ a, detail }: Step): number => detail % a.rank;
const reduces = (s: Step) => ({ axes: axisOf(s), keepDims: s.detail % 2 === 0 });
const matrix = (x: Tensor): Tensor => reshape(x, [-1, x.rank > 0 ? x.dim(-1) : 1]);

const KINDS: readonly Kind[] = [
  ...Object.entries(ELEMENTWISE).map(
    ([name, [f, bound]]): Kind => ({ name, bound: (s) => bound(s.bound.a), run: ({ a }) => f(a) }),
  ),
  {
    name: "add",
    bound: (s) => s.bound.a + s.bound.b,
    fits: broadcasts,
    run: ({ a, b }) => add(a, b),
  },
  {
    name: "sub",
    bound: (s) => s.bound.a + s.bound.b,
    fits: broadcasts,
    run: ({ a, b }) => sub(a, b),
  },
  {
    name: "mul",
    bound: (s) => s.bound.a * s.bound.b,
    fits: broadcasts,
    run: ({ a, b }) => mul(a, b),
  },
  {
    name: "div",
    bound: (s) => s.bound.a,
    fits: broadcasts,
    run: ({ a, b }) => div(a, add(unary.square(b), 1)),
  },
  {
    name: "sum",
    bound: (s) => s.bound.a * s.a.dim(axisOf(s)),
    fits: hasAxis,
    run: (s) => sum(s.a, reduces(s)),
  },
  { name: "mean", bound: (s) => s.bound.a, fits: hasAxis, run: (s) => mean(s.a, reduces(s)) },
  { name: "softmax", bound: () => 1, fits: hasAxis, run: ({ a }) => softmax(a) },
  {
    name: "layerNorm",
    bound: (s) => 2 * s.bound.a,
    fits: hasAxis,
    run: ({ a }) => {
      const shape = [a.dim(-1)];
      // A large eps: rows of equal values have no variance, and 1/√eps would be their slope.
      return layerNorm(a, {
        eps: 0.5,
        weight: ones(a.device, shape),
        bias: zeros(a.device, shape),
      });
    },
  },
  {
    name: "matmul",
    bound: (s) => s.bound.a * s.bound.b * (s.a.rank > 0 ? s.a.dim(-1) : 1),
    fits: ({ a, b }) =>
      matrix(a).dim(1) === matrix(b).dim(1) && matrix(a).dim(0) * matrix(b).dim(0) <= MOST_ELEMENTS,
    run: ({ a, b }) => matmul(matrix(a), matrix(b), { transposeB: true }),
  },
  {
    name: "attention",
    bound: (s) => s.bound.b,
    fits: ({ a, b }) => matrix(a).dim(1) === matrix(b).dim(1),
    run: ({ a, b }) => {
      const [q, k] = [a, b].map((x) => reshape(matrix(x), [1, -1, matrix(x).dim(1)]));
      return attention(q!, k!, k!, { heads: 1 });
    },
  },
  {
    name: "reshape",
    bound: (s) => s.bound.a,
    run: ({ a, detail }) => reshape(a, detail % 2 === 0 || a.size % 2 === 1 ? [-1] : [2, -1]),
  },
  {
    name: "permute",
    bound: (s) => s.bound.a,
    fits: ({ a }) => a.rank > 1,
    run: ({ a, detail }) =>
      permute(
        a,
        a.shape.map((_, i) => (i + 1 + (detail % (a.rank - 1))) % a.rank),
      ),
  },
  {
    name: "slice",
    bound: (s) => s.bound.a,
    fits: (s) => hasAxis(s) && s.a.dim(axisOf(s)) > 1,
    run: (s) => {
      const [axis, size] = [axisOf(s), s.a.dim(axisOf(s))];
      const start = s.detail % 2;
      return slice(s.a, { axis, start, end: Math.max(start + 1, size - (s.detail % 3)) });
    },
  },
  {
    name: "pad",
    bound: (s) => s.bound.a,
    fits: (s) => hasAxis(s) && s.a.size * 2 <= MOST_ELEMENTS,
    run: (s) => padAxis(s.a, { axis: axisOf(s), before: s.detail % 2, after: 1 }),
  },
  {
    name: "concat",
    bound: (s) => Math.max(s.bound.a, s.bound.b),
    fits: ({ a, b }) => 2 * (a.size + b.size) <= MOST_ELEMENTS,
    run: ({ a, b }) => concat([reshape(a, [-1]), reshape(b, [-1]), reshape(a, [-1])], 0),
  },
];

const SHAPES: readonly Shape[] = [[2, 3], [3], [2, 1], [4, 2, 3], [], [1, 5], [2, 4]];

export const programs: fc.Arbitrary<Program> = fc.record({
  inputs: fc.array(fc.constantFrom(...SHAPES), { minLength: 2, maxLength: 3 }),
  code: fc.array(
    fc.record({
      op: fc.nat(KINDS.length - 1),
      a: fc.nat(30),
      b: fc.nat(30),
      detail: fc.nat(11),
      forget: fc.boolean(),
    }),
    { minLength: 5, maxLength: 12 },
  ),
});

export interface RunOptions {
  /** Wraps the instructions that are marked so. */
  readonly forget?: (f: (a: Tensor, b: Tensor) => Tensor, a: Tensor, b: Tensor) => Tensor;
  /** Told what ran, for messages. */
  readonly listing?: string[];
}

/**
 * Inputs of values in ±INPUT_BOUND → one value: a weighted mean of every value that no instruction
 * uses, so that all of the program counts.
 */
export function runProgram(
  { code }: Program,
  inputs: readonly Tensor[],
  { forget, listing }: RunOptions = {},
): Tensor {
  const values = inputs.map((x) => ({ x, bound: INPUT_BOUND, used: false }));
  for (const { op, a, b, detail, forget: marked } of code) {
    const [p, q] = [values[a % values.length]!, values[b % values.length]!];
    const tamed = (): Step => ({
      ...{ a: unary.tanh(p.x), b: unary.tanh(q.x), bound: { a: 1, b: 1 }, detail },
    });
    let step: Step = { a: p.x, b: q.x, bound: { a: p.bound, b: q.bound }, detail };
    const wish = KINDS[op]!;
    const kind = (wish.fits?.(step) ?? true) ? wish : KINDS[op % 9]!;
    if (kind.bound(step) > LIMIT) step = tamed();
    const run = (s: Tensor, t: Tensor): Tensor => kind.run({ ...step, a: s, b: t });
    const x = marked && forget ? forget(run, step.a, step.b) : run(step.a, step.b);
    listing?.push(`${kind.name}(${a % values.length}, ${b % values.length}) [${x.shape}]`);
    p.used = true;
    q.used = true;
    values.push({ x, bound: kind.bound(step), used: false });
  }
  const open = values.filter(({ used }) => !used).map(({ x }) => mean(mul(x, weightsOf(x))));
  return open.reduce((total, x) => add(total, x));
}

/** Inputs are drawn from ±INPUT_BOUND. */
export const INPUT_BOUND = 1.5;

/** Fixed numbers, all different, so that no two elements are exchangeable. */
function weightsOf({ device, shape }: Tensor): Tensor {
  const weights = Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(1 + 1.7 * i));
  return tensor(device, weights, shape);
}
