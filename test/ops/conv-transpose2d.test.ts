import fc from "fast-check";
import { expect } from "vitest";
import { grad } from "../../src/autograd/grad.js";
import { gradcheck } from "../../src/autograd/gradcheck.js";
import { mul } from "../../src/ops/binary.js";
import { type ConvTranspose2dOptions, convTranspose2d } from "../../src/ops/conv-transpose2d.js";
import { conv2d } from "../../src/ops/conv2d.js";
import { sum } from "../../src/ops/sum.js";
import { square } from "../../src/ops/unary.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import { NdArray } from "../../src/tensor/ndarray.js";
import { sizeOf } from "../../src/tensor/shape.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { expectClose, opSuite } from "../op-suite.js";
import { values } from "../random.js";

type Attrs = Omit<ConvTranspose2dOptions, "bias">;

/** x [N, C, H, W] by w [C, O / groups, KH, KW], with a bias if asked for. */
const of = (x: number[], w: number[], attrs: Attrs = {}, bias = false) => ({
  inputs: [
    { shape: x },
    { shape: w },
    ...(bias ? [{ shape: [(w[1] ?? 0) * (attrs.groups ?? 1)] }] : []),
  ],
  attrs,
});

const small = fc.integer({ min: 1, max: 3 });

opSuite("convTranspose2d", {
  apply: ([x, w, bias], attrs) => convTranspose2d(x!, w!, { ...attrs, bias }),
  arbitrary: fc
    .record({
      batch: small,
      C: small,
      O: fc.integer({ min: 1, max: 9 }),
      groups: fc.integer({ min: 1, max: 2 }),
      H: fc.integer({ min: 2, max: 5 }),
      W: fc.integer({ min: 2, max: 6 }),
      KH: small,
      KW: fc.constantFrom(1, 2, 3, 4),
      stride: small,
      padding: fc.integer({ min: 0, max: 1 }),
      dilation: fc.constantFrom(1, 1, 2, 3),
      extra: fc.integer({ min: 0, max: 2 }),
      bias: fc.boolean(),
    })
    .map(({ batch, C, O, groups, H, W, KH, KW, extra, bias, ...rest }) => {
      // One pixel must be left: the smallest picture, [2, 2], grows by stride − 1 at least.
      const padding = KH > 1 && KW > 1 ? rest.padding : 0;
      const attrs = { ...rest, padding, groups, outputPadding: extra % rest.stride };
      return of([batch, groups * C, H, W], [groups * C, O, KH, KW], attrs, bias);
    }),
  edges: [
    of([1, 1, 1, 1], [1, 1, 1, 1]),
    of([0, 2, 4, 4], [2, 3, 3, 3], { padding: 1 }),
    of([2, 3, 4, 4], [3, 17, 4, 4], { stride: 2, padding: 1 }, true),
    of([2, 3, 5, 4], [3, 2, 3, 3], { stride: 2, padding: 1, outputPadding: 1 }),
    of([2, 4, 5, 5], [4, 1, 3, 3], { padding: 1, groups: 4 }, true),
    of([1, 34, 5, 4], [34, 18, 2, 2], { stride: 2, groups: 2 }),
    of([1, 3, 3, 4], [3, 2, 3, 2], { stride: 6, padding: 3, dilation: 4, outputPadding: 5 }),
  ],
  kernels: ["fast", "naive"],
  tolerance: 2e-5,
  laws: {
    "a one paints the kernel": async (device) => {
      const x = tensor(device, [0, 0, 0, 1], [1, 1, 2, 2]);
      const w = tensor(device, [1, 2, 3, 4], [1, 1, 2, 2]);
      const y = convTranspose2d(x, w, { stride: 2 });
      expect(y.shape).toEqual([1, 1, 4, 4]);
      expect([...(await y.data())]).toEqual([...Array(10).fill(0), 1, 2, 0, 0, 3, 4]);
    },
    "the transpose of conv2d: ⟨conv2d(a, w), x⟩ = ⟨a, convTranspose2d(x, w)⟩": async (device) => {
      const attrs = { stride: 2, padding: 1, groups: 2, dilation: 2 };
      const a = tensor(device, values(1, 2 * 4 * 9 * 10), [2, 4, 9, 10]);
      const w = tensor(device, values(2, 6 * 2 * 3 * 2), [6, 2, 3, 2]);
      const y = conv2d(a, w, attrs);
      const x = tensor(device, values(3, y.size), y.shape);
      const back = convTranspose2d(x, w, { ...attrs, outputPadding: 0 });
      // Rows of a that no tap reaches get nothing back.
      const [left] = await sum(mul(y, x)).data();
      const [da] = grad((t) => sum(mul(conv2d(t!, w, attrs), x)))(a);
      expect(back.shape).toEqual([2, 4, 9, 9]);
      const full = convTranspose2d(x, w, { ...attrs, outputPadding: 1 });
      expect(full.shape).toEqual([2, 4, 10, 10]);
      const [right] = await sum(mul(a, da!)).data();
      expectClose([right!], [left!], 1e-4, "inner product");
      const columns = Array.from(await da!.data()).filter((_, i) => i % 10 < 9);
      expectClose(await back.data(), columns, 1e-5, "the derivative of conv2d by its input");
    },
    "undoes the size of conv2d": (device) => {
      const x = zeros(device, [1, 2, 7, 5]);
      const y = conv2d(x, zeros(device, [3, 2, 3, 3]), { stride: 2, padding: 1 });
      const back = convTranspose2d(y, zeros(device, [3, 2, 3, 3]), { stride: 2, padding: 1 });
      expect(back.shape).toEqual([1, 2, 7, 5]);
    },
    "its derivatives can be differentiated": () => {
      const attrs = { stride: 2, padding: 1, outputPadding: 1 };
      const inputs = [
        [1, 2, 2, 3],
        [2, 2, 3, 3],
      ].map((shape, i) => new NdArray(shape, Float64Array.from(values(i, sizeOf(shape)))));
      const slopes = (x: Tensor, w: Tensor): Tensor[] =>
        grad((a, b) => sum(square(convTranspose2d(a!, b!, attrs))))(x, w);
      for (const which of [0, 1]) {
        const report = gradcheck((x, w) => slopes(x!, w!)[which]!, inputs);
        expect(report.ok, report.message).toBe(true);
      }
    },
  },
  errors: {
    rank: (device) => {
      const x = zeros(device, [2, 2]);
      expect(() => convTranspose2d(x, x)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: convTranspose2d: both operands need rank 4: x is [2, 2], w is [2, 2]. Give x [N, C, H, W] and w [C, O / groups, KH, KW].]`,
      );
    },
    channels: (device) => {
      const [x, w] = [zeros(device, [1, 3, 4, 4]), zeros(device, [2, 3, 1, 1])];
      expect(() => convTranspose2d(x, w)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: convTranspose2d: channels do not fit: x is [1, 3, 4, 4], w is [2, 3, 1, 1], groups 1. x needs as many channels as w has rows, a multiple of groups.]`,
      );
    },
    "output padding": (device) => {
      const x = zeros(device, [1, 1, 2, 2]);
      const options = { stride: 2, outputPadding: 2 };
      expect(() => convTranspose2d(x, x, options)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: convTranspose2d: output padding 2 with stride 2 cannot be. Give an integer from 0 to stride − 1.]`,
      );
    },
    "too much padding": (device) => {
      const [x, w] = [zeros(device, [1, 1, 2, 2]), zeros(device, [1, 1, 1, 1])];
      expect(() => convTranspose2d(x, w, { padding: 1 })).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: convTranspose2d: pictures of 2 × 2 under a kernel of 1 × 1 with padding 1 would become 0 × 0. Enlarge the picture or make the padding smaller.]`,
      );
    },
    bias: (device) => {
      const x = zeros(device, [1, 1, 2, 2]);
      const options = { bias: zeros(device, [3]) };
      expect(() => convTranspose2d(x, x, options)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: convTranspose2d: bias is [3], and there are 1 output channels. Give bias as [1].]`,
      );
    },
    "stride 0": (device) => {
      const x = zeros(device, [1, 1, 2, 2]);
      expect(() => convTranspose2d(x, x, { stride: 0 })).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: convTranspose2d: stride 0, padding 0, groups 1, dilation 1 cannot be. Give integers: padding ≥ 0, the others ≥ 1.]`,
      );
    },
  },
});
