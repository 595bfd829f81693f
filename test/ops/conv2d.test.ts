import fc from "fast-check";
import { expect } from "vitest";
import { conv2d, conv2dInputGrad, conv2dWeightGrad } from "../../src/ops/conv2d.js";
import {
  type Conv2dAttrs,
  conv2dGeometry,
  outputShape,
} from "../../src/ops/shared/conv2d-geometry.js";
import { tensor } from "../../src/tensor/create.js";
import { expectClose, type OpCase, opSuite } from "../op-suite.js";
import { values } from "../random.js";

interface Picture extends Conv2dAttrs {
  readonly x: number[];
  readonly w: number[];
  readonly bias: boolean;
}

/** [N, C, H, W] by [O, C / groups, KH, KW]. */
const of = (x: number[], w: number[], attrs: Partial<Picture> = {}): Picture => ({
  x,
  w,
  stride: 1,
  padding: 0,
  groups: 1,
  dilation: 1,
  bias: false,
  ...attrs,
});

const small = fc.integer({ min: 1, max: 3 });
const pictures: fc.Arbitrary<Picture> = fc
  .record({
    batch: small,
    C: small,
    O: fc.integer({ min: 1, max: 9 }),
    groups: fc.integer({ min: 1, max: 2 }),
    H: fc.integer({ min: 3, max: 7 }),
    W: fc.integer({ min: 3, max: 9 }),
    KH: small,
    KW: fc.constantFrom(1, 3, 3, 2),
    stride: fc.constantFrom(1, 1, 2, 3),
    padding: fc.integer({ min: 0, max: 2 }),
    dilation: fc.constantFrom(1, 1, 2, 3, 4),
    bias: fc.boolean(),
  })
  .map(({ batch, C, O, groups, H, W, KH, KW, dilation, ...attrs }) => {
    // A kernel that its dilation would make larger than the smallest picture is not stretched.
    const fits = dilation * (Math.max(KH, KW) - 1) < 3 + 2 * attrs.padding;
    const w = [groups * O, C, KH, KW];
    return of([batch, groups * C, H, W], w, { ...attrs, groups, dilation: fits ? dilation : 1 });
  });

const edges = [
  of([1, 1, 1, 1], [1, 1, 1, 1]),
  of([0, 2, 4, 4], [3, 2, 3, 3], { padding: 1 }),
  of([1, 1, 3, 3], [1, 1, 3, 3], { bias: true }),
  of([3, 2, 4, 4], [17, 2, 3, 3], { padding: 1, bias: true }),
  of([2, 2, 8, 8], [16, 2, 3, 3], { padding: 1, stride: 2 }),
  of([2, 9, 5, 5], [15, 9, 1, 1], { bias: true }),
  of([2, 8, 6, 6], [33, 8, 1, 1], { bias: true }),
  of([2, 4, 5, 5], [4, 1, 3, 3], { padding: 1, groups: 4 }),
  of([2, 34, 5, 4], [36, 17, 3, 3], { padding: 1, groups: 2 }),
  of([1, 1, 7, 7], [1, 1, 5, 5], { padding: 2, stride: 3 }),
  of([2, 3, 6, 9], [17, 3, 3, 3], { padding: 2, dilation: 2, bias: true }),
  of([2, 4, 9, 8], [6, 2, 3, 3], { padding: 1, dilation: 3, groups: 2 }),
  of([2, 2, 9, 8], [9, 2, 3, 3], { padding: 2, dilation: 2, stride: 2 }),
  of([1, 3, 13, 11], [2, 3, 3, 2], { padding: 3, dilation: 4, stride: 6 }),
  of([1, 2, 11, 12], [3, 2, 2, 3], { padding: 1, dilation: 3, stride: 2 }),
];

const attrsOf = ({ stride, padding, groups, dilation }: Conv2dAttrs): Conv2dAttrs => ({
  stride,
  padding,
  groups,
  dilation,
});
const yShape = (p: Picture): number[] => [...outputShape(conv2dGeometry("test", p.x, p.w, p))];

const forward = (p: Picture): OpCase<Picture> => ({
  inputs: [{ shape: p.x }, { shape: p.w }, ...(p.bias ? [{ shape: [p.w[0] ?? 0] }] : [])],
  attrs: p,
});
const inputGrad = (p: Picture): OpCase<Picture> => ({
  inputs: [{ shape: yShape(p) }, { shape: p.w }],
  attrs: p,
});
const weightGrad = (p: Picture): OpCase<Picture> => ({
  inputs: [{ shape: p.x }, { shape: yShape(p) }],
  attrs: p,
});

opSuite("conv2d", {
  apply: ([x, w, bias], p) => conv2d(x!, w!, { ...attrsOf(p), bias }),
  arbitrary: pictures.map(forward),
  // The last has more than 65 535 workgroups.
  edges: [...edges, of([33_000, 1, 4, 8], [1, 1, 1, 3], { groups: 1 })].map(forward),
  kernels: ["fast", "naive"],
  runs: 20,
  laws: {
    "a one in the middle changes nothing": async (device) => {
      const x = tensor(device, [1, 2, 3, 4, 5, 6], [1, 1, 2, 3]);
      const w = tensor(device, [0, 0, 0, 0, 1, 0, 0, 0, 0], [1, 1, 3, 3]);
      expect([...(await conv2d(x, w, { padding: 1 }).data())]).toEqual([1, 2, 3, 4, 5, 6]);
    },
    "it is a correlation: the kernel is not turned": async (device) => {
      const x = tensor(device, [1, 2, 3, 4], [1, 1, 1, 4]);
      const w = tensor(device, [10, 1], [1, 1, 1, 2]);
      expect([...(await conv2d(x, w).data())]).toEqual([12, 23, 34]);
    },
    "a dilated kernel is one with zeros between its taps": async (device) => {
      const x = tensor(device, values(1, 2 * 8 * 9), [1, 2, 8, 9]);
      const taps = values(2, 3 * 2 * 9);
      const spread = new Float32Array(3 * 2 * 25);
      taps.forEach((v, i) => {
        const [kx, ky, plane] = [i % 3, Math.floor(i / 3) % 3, Math.floor(i / 9)];
        spread[plane * 25 + 10 * ky + 2 * kx] = v;
      });
      const options = { padding: 2, stride: 2 };
      const want = await conv2d(x, tensor(device, spread, [3, 2, 5, 5]), options).data();
      const y = conv2d(x, tensor(device, taps, [3, 2, 3, 3]), { ...options, dilation: 2 });
      expectClose(await y.data(), want, 1e-5, "dilated convolution");
    },
  },
  errors: {
    channels: (device) => {
      const x = tensor(device, Array(3 * 16).fill(0), [1, 3, 4, 4]);
      const w = tensor(device, Array(2 * 2).fill(0), [2, 2, 1, 1]);
      expect(() => conv2d(x, w)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: conv2d: channels do not fit: x is [1, 3, 4, 4], w is [2, 2, 1, 1], groups 1: 3 in, 2 out. x needs 1 × 2 channels, and groups must divide 2.]`,
      );
    },
    "a kernel larger than the picture": (device) => {
      const x = tensor(device, [1, 2, 3, 4], [1, 1, 2, 2]);
      const w = tensor(device, Array(9).fill(0), [1, 1, 3, 3]);
      expect(() => conv2d(x, w)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: conv2d: a kernel of 3 × 3 does not fit into pictures of 2 × 2 with padding 0. Enlarge the picture or the padding.]`,
      );
    },
    "a dilated kernel larger than the picture": (device) => {
      const x = tensor(device, Array(12).fill(0), [1, 1, 3, 4]);
      const w = tensor(device, [1, 2, 3, 4], [1, 1, 2, 2]);
      expect(() => conv2d(x, w, { dilation: 3 })).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: conv2d: a kernel of 2 × 2 with dilation 3 does not fit into pictures of 3 × 4 with padding 0. Enlarge the picture or the padding.]`,
      );
    },
    "dilation 0": (device) => {
      const x = tensor(device, [1, 2, 3, 4], [1, 1, 2, 2]);
      expect(() => conv2d(x, x, { dilation: 0 })).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: conv2d: stride 1, padding 0, groups 1, dilation 0 cannot be. Give integers: padding ≥ 0, the others ≥ 1.]`,
      );
    },
    rank: (device) => {
      const x = tensor(device, [1, 2, 3, 4], [2, 2]);
      expect(() => conv2d(x, x)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: conv2d: both operands need rank 4: x is [2, 2], w is [2, 2]. Give x [N, C, H, W] and w [O, C / groups, KH, KW].]`,
      );
    },
    "stride 0": (device) => {
      const x = tensor(device, [1, 2, 3, 4], [1, 1, 2, 2]);
      expect(() => conv2d(x, x, { stride: 0 })).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: conv2d: stride 0, padding 0, groups 1, dilation 1 cannot be. Give integers: padding ≥ 0, the others ≥ 1.]`,
      );
    },
    bias: (device) => {
      const x = tensor(device, [1, 2, 3, 4], [1, 1, 2, 2]);
      const bias = tensor(device, [1, 2], [2]);
      expect(() => conv2d(x, x, { bias })).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: conv2d: bias is [2], expected [1]. Check the channels, the stride, the padding and the dilation.]`,
      );
    },
  },
});

opSuite("conv2dInputGrad", {
  apply: ([dy, w], p) => conv2dInputGrad(dy!, w!, p.x, p),
  arbitrary: pictures.map(inputGrad),
  edges: edges.map(inputGrad),
  kernels: ["fast", "naive"],
  runs: 20,
});

opSuite("conv2dWeightGrad", {
  apply: ([x, dy], p) => conv2dWeightGrad(x!, dy!, p.w, p),
  arbitrary: pictures.map(weightGrad),
  // The last splits its batch into parts.
  edges: [...edges, of([37, 3, 4, 4], [5, 3, 3, 3], { padding: 1 })].map(weightGrad),
  kernels: ["fast", "naive"],
  runs: 20,
});
