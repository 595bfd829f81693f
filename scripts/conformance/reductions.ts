/** Reductions, orders and choices by index. */
import * as ops from "../../src/ops/index.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { type Entry, type Form, LARGE, on } from "./cases.js";
import type { Draw } from "./draw.js";

type Options = ops.ReduceOptions;
type Forms<O> = Readonly<Record<string, Form<O>>>;
type Maker = (draw: Draw, shape: readonly number[]) => ReturnType<Draw["f32"]>;

const f32: Maker = (draw, shape) => draw.f32(shape);

/** The axes as JSON holds them: none named means all. */
function chosen(draw: Draw, rank: number): Options {
  const axes = draw.axes(rank);
  return axes === undefined ? {} : { axes };
}

function reductions(make: Maker = f32, high = 6): Forms<Options> {
  const asked = (draw: Draw, options: (rank: number) => Options) => {
    const shape = Array.from({ length: draw.size(2, 4) }, () => draw.size(2, high));
    return { inputs: [make(draw, shape)], options: options(shape.length) };
  };
  return {
    "of everything": (draw) => asked(draw, () => ({})),
    "last axis": (draw) => asked(draw, () => ({ axes: -1 })),
    "any axes": (draw) => asked(draw, (rank) => chosen(draw, rank)),
    "axes kept": (draw) => asked(draw, (rank) => ({ ...chosen(draw, rank), keepDims: true })),
  };
}

const steps: Maker = (draw, shape) => draw.steps(shape, -2, 2);

/** Beside random values: many equal ones. */
const extremes: Forms<Options> = {
  ...reductions(),
  equals: (draw) => ({ inputs: [steps(draw, [draw.size(4, 8), 5])], options: { axes: 1 } }),
  [LARGE]: (draw) => ({ inputs: [draw.f32([3, 5000])], options: { axes: 1 } }),
};

function reduce(f: (x: Tensor, options?: Options) => Tensor, forms: Forms<Options>): Entry {
  return on(([x], options) => f(x!, options), forms);
}

/** No gradient is asked for: torch's is NaN wherever the maximum is. */
const odd = (draw: Draw) => {
  const list = [1, -1, 0, Number.NaN, Infinity, -Infinity] as const;
  return {
    inputs: [{ ...draw.of([8, 3], [...list]), frozen: true as const }],
    options: { axes: 1 },
  };
};
const odds: Forms<Options> = { ...extremes, "NaN and infinity": odd };

const many: Forms<Options> = {
  [LARGE]: (draw) => ({ inputs: [draw.f32([2, 9000, 2])], options: { axes: 1 } }),
};

const factors: Maker = (draw, shape) => draw.signed(shape, { low: 0.6, high: 1.5 });
const withZeros: Maker = (draw, shape) => draw.of(shape, [0, 0.5, -1.5, 2, 1]);

interface Sorting extends ops.SortOptions, ops.TopKOptions {
  readonly part: "values" | "indices";
  readonly k: number;
}

function orders(part: "values" | "indices"): Forms<Pick<Sorting, "part" | "descending">> {
  return {
    ascending: (draw) => ({ inputs: [draw.f32(rows(draw))], options: { part } }),
    descending: (draw) => ({
      inputs: [draw.f32(rows(draw))],
      options: { part, descending: true },
    }),
    equals: (draw) => ({
      inputs: [draw.steps([draw.size(1, 4), 12], 0, 4)],
      options: { part, descending: draw.pick([true, false]) },
    }),
    [LARGE]: (draw) => ({ inputs: [draw.f32([2, 3000])], options: { part } }),
  };
}

const rows = (draw: Draw): number[] => [...draw.shape(draw.size(0, 2), 4), draw.size(2, 20)];

function only<T extends object>(forms: Forms<T>, suffix: string): Forms<T> {
  return Object.fromEntries(
    Object.entries(forms).map(([name, form]) => [
      name === LARGE ? name : `${name}, ${suffix}`,
      form,
    ]),
  );
}

function top(part: "values" | "indices"): Forms<Omit<Sorting, "descending">> {
  const asked = (draw: Draw, largest: boolean) => {
    const shape = rows(draw);
    const k = draw.integer(1, shape.at(-1) ?? 1);
    return { inputs: [draw.f32(shape)], options: { part, k, largest } };
  };
  return {
    largest: (draw) => asked(draw, true),
    smallest: (draw) => asked(draw, false),
  };
}

const summed: Forms<ops.CumsumOptions> = {
  forward: (draw) => {
    const shape = draw.shape(draw.size(1, 3), 7);
    return { inputs: [draw.f32(shape)], options: { axis: draw.integer(0, shape.length - 1) } };
  },
  reverse: (draw) => ({
    inputs: [draw.f32(draw.shape(2, 7))],
    options: { axis: draw.pick([-1, -2]), reverse: true },
  }),
  [LARGE]: (draw) => ({ inputs: [draw.f32([2, 3000])], options: { axis: 1 } }),
};

/** Lines of a tensor and one index for each element that is taken. */
function lines(draw: Draw) {
  const shape = draw.shape(3, 5);
  const axis = draw.integer(0, 2);
  const taken = shape.map((size, i) => (i === axis ? draw.size(1, 6) : size));
  return { shape, axis, taken, size: shape[axis] ?? 1 };
}

export const REDUCTIONS: Readonly<Record<string, Entry>> = {
  argmax: reduce(ops.argmax, odds),
  argmin: reduce(ops.argmin, odds),
  argsort: on<Pick<Sorting, "descending">>(([x], options) => ops.argsort(x!, options), {
    ascending: (draw) => ({ inputs: [draw.f32(rows(draw))], options: {} }),
    equals: (draw) => ({
      inputs: [draw.steps([draw.size(1, 4), 12], 0, 4)],
      options: { descending: draw.pick([true, false]) },
    }),
    integers: (draw) => ({ inputs: [draw.i32(rows(draw))], options: { descending: true } }),
    "NaN and infinity": (draw) => ({
      inputs: odd(draw).inputs,
      options: { descending: draw.pick([true, false]) },
    }),
  }),
  cumsum: on<ops.CumsumOptions>(([x], options) => ops.cumsum(x!, options), summed),
  gather: on<{ axis: number }>(([x, index], { axis }) => ops.gather(x!, index!, axis), {
    any: (draw) => {
      const { shape, axis, taken, size } = lines(draw);
      return { inputs: [draw.f32(shape), draw.u32(taken, size)], options: { axis } };
    },
  }),
  indexAdd: on<ops.ScatterAddOptions>(([x, ids], options) => ops.indexAdd(x!, ids!, options), {
    any: (draw) => {
      const { shape, axis, size } = lines(draw);
      const room = draw.size(1, 6);
      const ids = draw.u32([size], room);
      return { inputs: [draw.f32(shape), ids], options: { axis, size: room } };
    },
  }),
  indexSelect: on<{ axis: number }>(([x, ids], { axis }) => ops.indexSelect(x!, ids!, axis), {
    any: (draw) => {
      const { shape, axis, size } = lines(draw);
      const ids = draw.u32([draw.size(1, 6)], size);
      return { inputs: [draw.f32(shape), ids], options: { axis } };
    },
  }),
  logSoftmax: on<ops.LogSoftmaxOptions>(([x], options) => ops.logSoftmax(x!, options), {
    "last axis": (draw) => ({ inputs: [draw.f32(rows(draw))], options: {} }),
    "two axes": (draw) => ({ inputs: [draw.f32(draw.shape(3))], options: { axes: [0, 2] } }),
    "large values": (draw) => ({
      inputs: [draw.f32(rows(draw), { low: -90, high: 90 })],
      options: {},
    }),
  }),
  logsumexp: reduce(ops.logsumexp, {
    ...reductions(),
    ...many,
    "large values": (draw) => ({
      inputs: [draw.f32(draw.shape(2), { low: -90, high: 90 })],
      options: { axes: 1 },
    }),
  }),
  max: reduce(ops.max, odds),
  mean: reduce(ops.mean, { ...reductions(), ...many }),
  min: reduce(ops.min, odds),
  prod: reduce(ops.prod, {
    ...reductions(factors, 3),
    zeros: (draw) => ({ inputs: [withZeros(draw, [draw.size(3, 6), 4])], options: { axes: 1 } }),
  }),
  scatterAdd: on<ops.ScatterAddOptions>(
    ([src, index], options) => ops.scatterAdd(src!, index!, options),
    {
      any: (draw) => {
        const { shape, axis } = lines(draw);
        const size = draw.size(1, 6);
        return {
          inputs: [draw.f32(shape), draw.u32(shape, size)],
          options: { axis, size },
        };
      },
      [LARGE]: (draw) => ({
        inputs: [draw.f32([4000, 3]), draw.u32([4000, 3], 50)],
        options: { axis: 0, size: 50 },
      }),
    },
  ),
  softmax: on(([x]) => ops.softmax(x!), {
    any: (draw) => ({ inputs: [draw.f32(rows(draw))], options: {} }),
    "large values": (draw) => ({
      inputs: [draw.f32(rows(draw), { low: -90, high: 90 })],
      options: {},
    }),
    [LARGE]: (draw) => ({ inputs: [draw.f32([1100, 7])], options: {} }),
  }),
  sort: on<Pick<Sorting, "part" | "descending">>(
    ([x], { part, ...options }) => ops.sort(x!, options)[part],
    { ...only(orders("values"), "values"), ...only(orders("indices"), "indices") },
  ),
  sum: reduce(ops.sum, { ...reductions(), ...many }),
  sumSquares: on(([x]) => ops.sumSquares(x!), {
    any: (draw) => ({ inputs: [draw.f32(draw.shape(draw.size(2, 4)))], options: {} }),
  }),
  topK: on<Omit<Sorting, "descending">>(
    ([x], { part, k, ...options }) => ops.topK(x!, k, options)[part],
    { ...only(top("values"), "values"), ...only(top("indices"), "indices") },
  ),
  totalSumSquares: on(([x]) => ops.totalSumSquares(x!), {
    any: (draw) => ({ inputs: [draw.f32(draw.shape(draw.size(1, 4)))], options: {} }),
    [LARGE]: (draw) => ({ inputs: [draw.f32([9000])], options: {} }),
  }),
  variance: on<ops.VarianceOptions>(([x], options) => ops.variance(x!, options), {
    ...reductions(),
    unbiased: (draw) => ({
      inputs: [draw.f32([draw.size(2, 5), draw.size(2, 5)])],
      options: { correction: 1, axes: draw.pick([0, 1, -1]) },
    }),
    "mean far from 0": (draw) => ({
      inputs: [draw.f32([draw.size(2, 5), 8], { low: 99, high: 101 })],
      options: { axes: 1 },
    }),
  }),
};
