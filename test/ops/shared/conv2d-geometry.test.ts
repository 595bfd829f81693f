/** The sizes of a convolution, and the taps, against the sum of the header written as seven loops. */
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Conv2dAttrs,
  conv2dAttrs,
  conv2dGeometry,
  forEachTap,
  outputShape,
} from "../../../src/ops/shared/conv2d-geometry.js";

const small = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });
const attrs: fc.Arbitrary<Conv2dAttrs> = fc.record({
  stride: small(1, 3),
  padding: small(0, 2),
  groups: small(1, 2),
  dilation: small(1, 2),
});
const shapes = fc.record({
  n: small(1, 2),
  c: small(1, 2),
  o: small(1, 2),
  h: small(3, 6),
  w: small(3, 6),
  kh: small(1, 2),
  kw: small(1, 2),
});

test("the taps are those of the sum, no more and no less", () => {
  fc.assert(
    fc.property(shapes, attrs, ({ n, c, o, h, w, kh, kw }, given) => {
      const { stride, padding, groups, dilation } = given;
      const g = conv2dGeometry("t", [n, groups * c, h, w], [groups * o, c, kh, kw], given);
      const met: string[] = [];
      forEachTap(g, (y, x, weight) => met.push(`${y} ${x} ${weight}`));
      const want: string[] = [];
      const [, channels, oh, ow] = outputShape(g);
      for (let b = 0; b < n; b++)
        for (let k = 0; k < channels!; k++)
          for (let i = 0; i < oh!; i++)
            for (let j = 0; j < ow!; j++)
              for (let d = 0; d < c; d++)
                for (let a = 0; a < kh; a++)
                  for (let e = 0; e < kw; e++) {
                    const row = i * stride + a * dilation - padding;
                    const col = j * stride + e * dilation - padding;
                    if (row < 0 || row >= h || col < 0 || col >= w) continue;
                    const y = ((b * channels! + k) * oh! + i) * ow! + j;
                    const group = Math.floor(k / o);
                    const x = ((b * groups * c + group * c + d) * h + row) * w + col;
                    want.push(`${y} ${x} ${((k * c + d) * kh + a) * kw + e}`);
                  }
      expect(met).toEqual(want);
    }),
  );
});

test("the last window ends inside the padded picture, and one more would not", () => {
  fc.assert(
    fc.property(shapes, attrs, ({ n, c, o, h, w, kh, kw }, given) => {
      const { stride, padding, groups, dilation } = given;
      const g = conv2dGeometry("t", [n, groups * c, h, w], [groups * o, c, kh, kw], given);
      const end = (outputs: number, taps: number): number =>
        (outputs - 1) * stride + (taps - 1) * dilation + 1;
      for (const [outputs, taps, size] of [
        [g.OH, kh, h],
        [g.OW, kw, w],
      ] as const) {
        expect(end(outputs, taps)).toBeLessThanOrEqual(size + 2 * padding);
        expect(end(outputs + 1, taps)).toBeGreaterThan(size + 2 * padding);
      }
    }),
  );
});

test("what is left out of the attributes", () => {
  expect(conv2dAttrs({})).toEqual({ stride: 1, padding: 0, groups: 1, dilation: 1 });
  expect(conv2dAttrs({ stride: 2, groups: 3 })).toMatchObject({ stride: 2, groups: 3 });
});
