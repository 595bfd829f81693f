import fc from "fast-check";
import { expect } from "vitest";
import { einsum } from "../../src/ops/einsum.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import { advance, NdArray } from "../../src/tensor/ndarray.js";
import { sizeOf } from "../../src/tensor/shape.js";
import { expectClose, opSuite } from "../op-suite.js";
import { values } from "../random.js";

const equations = [
  "bij,bjk->bik",
  "ij->ji",
  "ij->",
  "ij->j",
  "i,i->",
  "i,i->i",
  "i,j->ij",
  "ij,kj->ik",
  "ji,jk->ki",
  "bhqd,bhkd->bhqk",
  "bhqk,bkhd->bqhd",
  "ijk,jil->kl",
  "ab,bc,cd->ad",
  "ij,k->i",
  "ab,cad,bd->cb",
  "ba",
  "ij,jk",
  "ii->i",
  "ii",
  "iij->ji",
  "iii,i->i",
  "ibi,bb->b",
] as const;

const of = (equation: string, sizes: readonly number[]) => ({
  inputs: (equation.split("->")[0] ?? "").split(",").map((letters) => ({
    shape: [...letters].map((c) => sizes[c.charCodeAt(0) % sizes.length]!),
  })),
  attrs: { equation },
});

/** Loops over all letters: nothing but the definition. */
function loops(equation: string, arrays: readonly NdArray[]): NdArray {
  const [left = "", right] = equation.split("->");
  const groups = left.split(",");
  const all = [...new Set(groups.join(""))];
  const count = (c: string): number => [...left].filter((d) => d === c).length;
  const output =
    right ??
    all
      .filter((c) => count(c) === 1)
      .sort()
      .join("");
  const size = (c: string): number => {
    const k = groups.findIndex((group) => group.includes(c));
    return arrays[k]!.dim(groups[k]!.indexOf(c));
  };
  const out = new NdArray([...output].map(size));
  const shape = all.map(size);
  const index = all.map(() => 0);
  const place = (letters: string): number =>
    [...letters].reduce((at, c) => at * size(c) + index[all.indexOf(c)]!, 0);
  for (let n = 0; n < sizeOf(shape); n++) {
    const product = groups.reduce((p, group, k) => p * arrays[k]!.flat(place(group)), 1);
    out.data[place(output)]! += product;
    advance(index, shape);
  }
  return out;
}

opSuite("einsum", {
  apply: (inputs, { equation }) => einsum(equation, ...inputs),
  arbitrary: fc
    .tuple(
      fc.constantFrom(...equations),
      fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 7, maxLength: 7 }),
    )
    .map(([equation, sizes]) => of(equation, sizes)),
  edges: [of("ij,jk->ik", [0]), of("ij,jk->ik", [33]), of("->", []), of("i,->i", [3])],
  laws: {
    "every equation is what the loops say": async (device) => {
      for (const equation of equations) {
        const { inputs } = of(equation, [3, 2, 4, 5, 1, 2, 3]);
        const arrays = inputs.map(
          ({ shape }, i) => new NdArray(shape, Float64Array.from(values(i, sizeOf(shape)))),
        );
        const got = einsum(equation, ...arrays.map((a) => tensor(device, a.data, a.shape)));
        const want = loops(equation, arrays);
        expect(got.shape, equation).toEqual(want.shape);
        expectClose(await got.data(), want.data, 1e-5, equation);
      }
    },
    "three dots are the axes without a letter, aligned at the right, and broadcast": async (
      device,
    ) => {
      for (const [dotted, plain, ...shapes] of [
        ["...ij->...ji", "abij->abji", [2, 3, 4, 5], [2, 3, 4, 5]],
        ["...ij,...jk->...ik", "bij,bjk->bik", [2, 3, 4], [2, 3, 4], [2, 4, 2], [2, 4, 2]],
        ["...j,jk", "abj,jk->abk", [2, 3, 4], [2, 3, 4], [4, 2], [4, 2]],
        ["...i,...i->...", "bi,abi->ab", [3, 4], [3, 4], [2, 3, 4], [2, 3, 4]],
        ["...i,...i->i...", "bi,ai->iab", [1, 3, 4], [3, 4], [2, 1, 4], [2, 4]],
        ["i...->", "ia->", [4, 3], [4, 3]],
        ["i...,...->i", "i,->i", [4], [4], [], []],
      ] as const) {
        const arrays = (parity: number) =>
          shapes
            .filter((_, i) => i % 2 === parity)
            .map((shape, i) => new NdArray(shape, Float64Array.from(values(i, sizeOf(shape)))));
        const inputs = arrays(0).map((a) => tensor(device, a.data, a.shape));
        const want = loops(plain, arrays(1));
        const got = einsum(dotted, ...inputs);
        expect(got.shape, dotted).toEqual(want.shape);
        expectClose(await got.data(), want.data, 1e-5, dotted);
      }
    },
    "spaces do not matter": async (device) => {
      const [a, b] = [tensor(device, [1, 2]), tensor(device, [3, 4])];
      expect(await einsum("i, i -> ", a, b).item()).toBe(11);
    },
  },
  errors: {
    "two arrows": (device) => {
      const call = () => einsum("i->i->i", zeros(device, [2]));
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[UsageError: einsum: "i->i->i" holds "->" twice. Name each axis by a letter, as in "bij,bjk->bik" or "...ij,...jk->...ik".]`,
      );
    },
    "the number of operands": (device) => {
      const call = () => einsum("ij,jk->ik", zeros(device, [2, 2]));
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[UsageError: einsum: "ij,jk->ik" names 2 operands, and 1 were given. Write one group of letters for each tensor.]`,
      );
    },
    "the number of axes": (device) => {
      const call = () => einsum("ij->i", zeros(device, [2]));
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: einsum: "ij->i" gives operand 1 [2] 2 letters ("ij"), and it has 1 axes. Write one letter for each axis, or "..." for those without.]`,
      );
    },
    "two sizes of one letter": (device) => {
      const call = () => einsum("ij,jk->ik", zeros(device, [2, 3]), zeros(device, [4, 2]));
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: einsum: axis j of "ij,jk->ik" has size 3 before, and 4 in operand 2 [4, 2]. Axes of one letter have one size.]`,
      );
    },
    "a diagonal of a matrix that is not square": (device) => {
      const call = () => einsum("ii->i", zeros(device, [2, 3]));
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: einsum: axis i of "ii->i" has size 2 before, and 3 in operand 1 [2, 3]. Axes of one letter have one size.]`,
      );
    },
    "an axis twice in the result": (device) => {
      const call = () => einsum("i->ii", zeros(device, [2]));
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[UsageError: einsum: "i->ii" names axis i twice in its result. Name each axis once there.]`,
      );
    },
    "axes under dots that do not broadcast": (device) => {
      const call = () => einsum("...i,...i->...", zeros(device, [2, 4]), zeros(device, [3, 4]));
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: einsum: an axis under "..." of "...i,...i->..." has size 2 before, and 3 in operand 2 [3, 4]. Aligned at the right, such axes have one size, or 1.]`,
      );
    },
    "more letters than axes beside dots": (device) => {
      const call = () => einsum("...ijk->i", zeros(device, [2, 4]));
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: einsum: "...ijk->i" gives operand 1 [2, 4] 3 letters ("ijk"), and it has 2 axes. Write one letter for each axis, or "..." for those without.]`,
      );
    },
    "a letter from nowhere": (device) => {
      const call = () => einsum("ij->ik", zeros(device, [2, 2]));
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[UsageError: einsum: "ij->ik" asks for axis k, which no operand has. Name axes of the operands.]`,
      );
    },
    "no letter": (device) => {
      const call = () => einsum("..i->i", zeros(device, [2, 2]));
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[UsageError: einsum: "..i->i" holds ".". Name each axis by a letter, as in "bij,bjk->bik" or "...ij,...jk->...ik".]`,
      );
    },
  },
});
