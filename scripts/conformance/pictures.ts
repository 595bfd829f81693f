/** Convolutions, pools and sizes of pictures. */
import * as ops from "../../src/ops/index.js";
import { type Entry, type Form, type Given, LARGE, on } from "./cases.js";
import type { Draw } from "./draw.js";

type Attrs = Partial<ops.Conv2dAttrs>;
type Shaped = Attrs & { readonly shape: readonly number[] };

interface Sizes {
  readonly x: number[];
  readonly w: number[];
  readonly y: number[];
}

/** Shapes of a convolution that the attributes allow. */
function sizes(draw: Draw, attrs: Attrs): Sizes {
  const { stride = 1, padding = 0, dilation = 1, groups = 1 } = attrs;
  const [C, O] = [draw.size(1, 3), draw.size(1, 3)];
  const [KH, KW] = [draw.size(1, 3), draw.size(1, 3)];
  const least = (k: number): number => Math.max(1, dilation * (k - 1) + 1 - 2 * padding);
  const [H, W] = [draw.size(least(KH), 7), draw.size(least(KW), 7)];
  const N = draw.size(1, 2);
  const out = (size: number, k: number): number =>
    Math.floor((size + 2 * padding - dilation * (k - 1) - 1) / stride) + 1;
  return {
    x: [N, groups * C, H, W],
    w: [groups * O, C, KH, KW],
    y: [N, groups * O, out(H, KH), out(W, KW)],
  };
}

type Named = readonly (readonly [string, (draw: Draw) => Attrs])[];
const ATTRS: Named = [
  ["plain", () => ({})],
  ["padding", (draw) => ({ padding: draw.integer(1, 2) })],
  ["stride", (draw) => ({ stride: draw.integer(2, 3), padding: draw.integer(0, 1) })],
  ["dilation", (draw) => ({ dilation: draw.integer(2, 3), padding: 2 })],
  ["groups", (draw) => ({ groups: draw.integer(2, 3), padding: 1 })],
  ["all of them", () => ({ stride: 2, dilation: 2, groups: 2, padding: 2 })],
];

/** A form for each kind of attributes. */
function forms<O>(make: (draw: Draw, attrs: Attrs) => ReturnType<Form<O>>) {
  return Object.fromEntries(
    ATTRS.map(([name, attrs]) => [name, (draw: Draw) => make(draw, attrs(draw))]),
  );
}

const large: Sizes = { x: [2, 16, 20, 19], w: [24, 16, 3, 3], y: [2, 24, 20, 19] };

const convolution: Readonly<Record<string, Form<Attrs>>> = {
  ...forms<Attrs>((draw, attrs) => {
    const { x, w } = sizes(draw, attrs);
    return { inputs: [draw.f32(x), draw.f32(w)], options: attrs };
  }),
  bias: (draw) => {
    const { x, w, y } = sizes(draw, { padding: 1 });
    const bias = draw.f32([y[1] ?? 1]);
    return { inputs: [draw.f32(x), draw.f32(w), bias], options: { padding: 1 } };
  },
  [LARGE]: (draw) => ({
    inputs: [draw.f32(large.x), draw.f32(large.w), draw.f32([24])],
    options: { padding: 1 },
  }),
};

const transposed: Readonly<Record<string, Form<Attrs & { outputPadding?: number }>>> = {
  ...forms<Attrs>((draw, attrs) => {
    // What this one reads is what a convolution with these attributes makes.
    const { y, w } = sizes(draw, attrs);
    return { inputs: [draw.f32(y), draw.f32(w)], options: attrs };
  }),
  "bias and output padding": (draw) => {
    const attrs = { stride: 2, padding: 1 };
    const { y, w } = sizes(draw, { ...attrs, stride: 1 });
    const wide = [w[0] ?? 1, w[1] ?? 1, 3, 3];
    const inputs = [draw.f32(y), draw.f32(wide), draw.f32([w[1] ?? 1])];
    return { inputs, options: { ...attrs, outputPadding: 1 } };
  },
};

const picture = (draw: Draw, h: number, w: number): Given =>
  draw.f32([draw.size(1, 2), draw.size(1, 3), h, w]);

function resized(size: (draw: Draw, from: number) => number): Form<{ size: [number, number] }> {
  return (draw) => {
    const [h, w] = [draw.size(1, 7), draw.size(1, 7)];
    return { inputs: [picture(draw, h, w)], options: { size: [size(draw, h), size(draw, w)] } };
  };
}

const resizes = {
  larger: resized((draw, from) => from + draw.size(0, 8)),
  smaller: resized((draw, from) => draw.integer(1, from)),
  any: resized((draw) => draw.size(1, 9)),
};

const pools: Readonly<Record<string, Form<ops.MaxPoolOptions>>> = {
  "side by side": (draw) => {
    const size = draw.integer(1, 3);
    const [h, w] = [draw.size(size, 8), draw.size(size, 8)];
    return { inputs: [picture(draw, h, w)], options: { size } };
  },
  overlapping: (draw) => ({
    inputs: [picture(draw, draw.size(3, 8), draw.size(3, 8))],
    options: { size: 3, stride: draw.integer(1, 2), padding: draw.integer(0, 1) },
  }),
  equals: (draw) => ({
    inputs: [draw.steps([1, 2, draw.size(3, 7), draw.size(3, 7)], 0, 2)],
    options: { size: 3, stride: 2, padding: 1 },
  }),
};

export const PICTURES: Readonly<Record<string, Entry>> = {
  avgPool2d: on<{ size: number }>(([x], { size }) => ops.avgPool2d(x!, size), {
    any: (draw) => {
      const size = draw.integer(1, 3);
      const [h, w] = [size * draw.size(1, 3), size * draw.size(1, 3)];
      return { inputs: [picture(draw, h, w)], options: { size } };
    },
  }),
  conv2d: on<Attrs>(([x, w, bias], attrs) => ops.conv2d(x!, w!, { ...attrs, bias }), convolution),
  conv2dInputGrad: on<Shaped>(
    ([dy, w], { shape, ...attrs }) => ops.conv2dInputGrad(dy!, w!, shape, attrs),
    {
      ...forms<Shaped>((draw, attrs) => {
        const { x, w, y } = sizes(draw, attrs);
        return { inputs: [draw.f32(y), draw.f32(w)], options: { ...attrs, shape: x } };
      }),
      [LARGE]: (draw) => ({
        inputs: [draw.f32(large.y), draw.f32(large.w)],
        options: { padding: 1, shape: large.x },
      }),
    },
  ),
  conv2dWeightGrad: on<Shaped>(
    ([x, dy], { shape, ...attrs }) => ops.conv2dWeightGrad(x!, dy!, shape, attrs),
    {
      ...forms<Shaped>((draw, attrs) => {
        const { x, w, y } = sizes(draw, attrs);
        return { inputs: [draw.f32(x), draw.f32(y)], options: { ...attrs, shape: w } };
      }),
      [LARGE]: (draw) => ({
        inputs: [draw.f32(large.x), draw.f32(large.y)],
        options: { padding: 1, shape: large.w },
      }),
    },
  ),
  convTranspose2d: on<Attrs & { outputPadding?: number }>(
    ([x, w, bias], attrs) => ops.convTranspose2d(x!, w!, { ...attrs, bias }),
    transposed,
  ),
  maxPool2d: on<ops.MaxPoolOptions>(([x], options) => ops.maxPool2d(x!, options), pools),
  resizeBilinear2d: on<{ size: [number, number] }>(
    ([x], { size }) => ops.resizeBilinear2d(x!, size),
    resizes,
  ),
  resizeNearest2d: on<{ size: [number, number] }>(
    ([x], { size }) => ops.resizeNearest2d(x!, size),
    resizes,
  ),
  upsampleNearest2d: on<{ scale?: number }>(([x], { scale }) => ops.upsampleNearest2d(x!, scale), {
    any: (draw) => ({
      inputs: [picture(draw, draw.size(1, 4), draw.size(1, 4))],
      options: draw.pick<{ scale?: number }>([{}, { scale: 3 }, { scale: 1 }]),
    }),
  }),
};
