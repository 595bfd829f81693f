/** Ops that only move elements. */
import * as ops from "../../src/ops/index.js";
import { type Entry, on } from "./cases.js";
import type { Draw } from "./draw.js";

interface Part {
  readonly axis: number;
  readonly part: number;
}

/** A tensor, and one of its axes counted from either end. */
function withAxis(draw: Draw, low = 1) {
  const rank = draw.size(low, 3);
  const shape = draw.shape(rank, 5);
  const at = draw.integer(0, rank - 1);
  return { shape, at, axis: draw.pick([at, at - rank]) };
}

/** Tensors alike but for their sizes along `at`. */
function alike(draw: Draw, shape: readonly number[], at: number) {
  const count = draw.integer(2, 4);
  return Array.from({ length: count }, () =>
    draw.f32(shape.map((size, i) => (i === at ? draw.size(1, 4) : size))),
  );
}

function order(draw: Draw, rank: number): number[] {
  const left = Array.from({ length: rank }, (_, i) => i);
  return Array.from({ length: rank }, () => left.splice(draw.integer(0, left.length - 1), 1)[0]!);
}

const resized = (draw: Draw): { from: number[]; to: number[] } => {
  const [a, b, c] = [draw.size(1, 4), draw.size(1, 4), draw.size(1, 4)];
  return { from: [a, b * c], to: draw.pick([[b, a, c], [-1, c], [a * b * c]]) };
};

export const LAYOUT: Readonly<Record<string, Entry>> = {
  chunk: on<Part & { n: number }>(([x], { n, axis, part }) => ops.chunk(x!, n, axis)[part]!, {
    any: (draw) => {
      const { shape, at, axis } = withAxis(draw);
      const n = draw.integer(1, 4);
      const whole = shape.map((size, i) => (i === at ? n * draw.size(1, 3) : size));
      const part = draw.integer(0, n - 1);
      return { inputs: [draw.f32(whole)], options: { n, axis, part } };
    },
  }),
  concat: on<{ axis: number }>((inputs, { axis }) => ops.concat(inputs, axis), {
    any: (draw) => {
      const { shape, at, axis } = withAxis(draw);
      return { inputs: alike(draw, shape, at), options: { axis } };
    },
  }),
  expand: on<{ shape: readonly number[] }>(([x], { shape }) => ops.expand(x!, shape), {
    any: (draw) => {
      const [n, m] = [draw.size(1, 5), draw.size(1, 5)];
      return { inputs: [draw.f32([n, 1])], options: { shape: [draw.size(1, 4), -1, m] } };
    },
  }),
  flip: on<{ axes?: number | number[] }>(([x], { axes }) => ops.flip(x!, axes), {
    "all axes": (draw) => ({ inputs: [draw.f32(draw.shape(3))], options: {} }),
    "any axes": (draw) => {
      const axes = draw.axes(3);
      return { inputs: [draw.f32(draw.shape(3))], options: axes === undefined ? {} : { axes } };
    },
  }),
  pad: on<{ widths: ops.PadWidth[]; value?: number }>(
    ([x], { widths, value }) => ops.pad(x!, widths, value === undefined ? {} : { value }),
    {
      zeros: (draw) => ({
        inputs: [draw.f32(draw.shape(3, 4))],
        options: { widths: [draw.integer(0, 2), [draw.integer(0, 2), draw.integer(0, 2)]] },
      }),
      "a value": (draw) => ({
        inputs: [draw.f32(draw.shape(2, 4))],
        options: { widths: [[1, 0], 2], value: -1.5 },
      }),
    },
  ),
  padAxis: on<ops.PadAxisOptions>(([x], options) => ops.padAxis(x!, options), {
    any: (draw) => {
      const { shape, axis } = withAxis(draw);
      return {
        inputs: [draw.f32(shape)],
        options: { axis, before: draw.integer(0, 3), after: draw.integer(0, 3) },
      };
    },
  }),
  permute: on<{ axes: readonly number[] }>(([x], { axes }) => ops.permute(x!, axes), {
    any: (draw) => {
      const rank = draw.integer(2, 5);
      return { inputs: [draw.f32(draw.shape(rank, 4))], options: { axes: order(draw, rank) } };
    },
  }),
  reshape: on<{ shape: readonly number[] }>(([x], { shape }) => ops.reshape(x!, shape), {
    any: (draw) => {
      const { from, to } = resized(draw);
      return { inputs: [draw.f32(from)], options: { shape: to } };
    },
  }),
  slice: on<{ ranges: readonly ops.SliceOptions[] }>(([x], { ranges }) => ops.slice(x!, ranges), {
    "a range": (draw) => ({
      inputs: [draw.f32([draw.size(1, 4), 6])],
      options: { ranges: [{ axis: 1, start: draw.integer(0, 3), end: draw.pick([-1, 4, 6]) }] },
    }),
    steps: (draw) => ({
      inputs: [draw.f32([7, draw.size(1, 4), 6])],
      options: {
        ranges: [
          { axis: 0, step: draw.integer(2, 3) },
          { axis: 2, start: draw.pick([1, -6]), step: 2 },
        ],
      },
    }),
    backwards: (draw) => ({
      inputs: [draw.f32([9, draw.size(1, 4)])],
      options: {
        ranges: draw.pick<readonly ops.SliceOptions[]>([
          [{ axis: 0, step: -1 }],
          [{ axis: 0, start: 7, end: 2, step: -2 }],
          [{ axis: 0, start: -2, step: -3 }],
        ]),
      },
    }),
  }),
  split: on<Part & { sizes: readonly number[] }>(
    ([x], { sizes, axis, part }) => ops.split(x!, sizes, axis)[part]!,
    {
      any: (draw) => {
        const { shape, at, axis } = withAxis(draw);
        const sizes = Array.from({ length: draw.integer(1, 4) }, () => draw.size(1, 4));
        const total = sizes.reduce((a, b) => a + b, 0);
        const whole = shape.map((size, i) => (i === at ? total : size));
        const part = draw.integer(0, sizes.length - 1);
        return { inputs: [draw.f32(whole)], options: { sizes, axis, part } };
      },
    },
  ),
  squeeze: on<{ axes?: number | number[] }>(([x], { axes }) => ops.squeeze(x!, axes), {
    all: (draw) => ({ inputs: [draw.f32([1, draw.size(2, 5), 1, 1])], options: {} }),
    "some axes": (draw) => ({
      inputs: [draw.f32([1, draw.size(2, 5), 1, 1])],
      options: { axes: draw.pick<number | number[]>([0, -1, [0, -1], [2, 3]]) },
    }),
  }),
  stack: on<{ axis?: number }>((inputs, { axis }) => ops.stack(inputs, axis), {
    any: (draw) => {
      const shape = draw.shape(2, 4);
      const inputs = Array.from({ length: draw.integer(2, 4) }, () => draw.f32(shape));
      return { inputs, options: draw.pick<{ axis?: number }>([{}, { axis: 1 }, { axis: -1 }]) };
    },
  }),
  transpose: on(([x]) => ops.transpose(x!), {
    any: (draw) => ({ inputs: [draw.f32(draw.shape(draw.integer(2, 4), 5))], options: {} }),
  }),
  unsqueeze: on<{ axes: number | number[] }>(([x], { axes }) => ops.unsqueeze(x!, axes), {
    any: (draw) => ({
      inputs: [draw.f32(draw.shape(2))],
      options: { axes: draw.pick<number | number[]>([0, 1, -1, [0, 2], [-1, 0]]) },
    }),
  }),
};
