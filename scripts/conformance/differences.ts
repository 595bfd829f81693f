/** Where this engine and torch choose differently: shown by cases, or said in words. */
import type { Case, Given } from "./cases.js";

export interface Difference {
  readonly where: string;
  readonly why: string;
  readonly given: Case;
  /** Which numbers differ. */
  readonly shows: "value" | "gradient";
}

const at = (...values: number[]): Given => ({ shape: [values.length], dtype: "f32", values });
const slope = (op: string, x: Given, options: object = {}): Case => ({
  op,
  form: "a difference",
  inputs: [x],
  options,
  cotangent: x.values.map(() => 1),
});

/** Each is run with torch, and must still be one. */
export const DIFFERENCES: readonly Difference[] = [
  {
    where: "relu, at 0",
    why:
      "half of the derivative, as `maximum` and `minimum` give each of two equal values (in " +
      "torch too)",
    given: slope("relu", at(0)),
    shows: "gradient",
  },
  {
    where: "leakyRelu with slope 0.5, at 0",
    why: "the mean of both slopes",
    given: slope("leakyRelu", at(0), { slope: 0.5 }),
    shows: "gradient",
  },
  {
    where: "clamp to [0, 1], at 0 and at 1",
    why: "half of the derivative: clamp is a minimum of a maximum",
    given: slope("clamp", at(0, 1), { min: 0, max: 1 }),
    shows: "gradient",
  },
  {
    where: "resizeNearest2d of 26 rows to 22, row 11",
    why: "⌊11 · 26 / 22⌋ is 13; torch multiplies by the ratio rounded to float32",
    given: {
      op: "resizeNearest2d",
      form: "a difference",
      inputs: [
        { shape: [1, 1, 26, 1], dtype: "f32", values: Array.from({ length: 26 }, (_, i) => i) },
      ],
      options: { size: [22, 1] },
    },
    shows: "value",
  },
];

/** Defaults and edges that no number shows; the cases choose torch's options to match. */
export const IN_WORDS: readonly string[] = [
  "`variance` divides by n unless `correction: 1` is given; `torch.var` by n − 1.",
  "`crossEntropy` gives one value a row; torch's default is their mean.",
  "`sort`, `argsort` and `topK` keep the order of equal values; torch only where `stable=True` is " +
    "given, and never in `topk`, which is compared on values that differ.",
  "`oneHot` gives f32, and a row of zeros for an index past the end; torch gives integers, and an " +
    "error. `embedding`, `gather`, `scatterAdd` and `crossEntropy` take an index past the end as " +
    "the last one.",
  "`attention` takes `mask` and `causal` together; torch one of them, so the two are added up " +
    "for it.",
  "`softplus` is ln(1 + eˣ) everywhere; torch's is x above 20, unless told otherwise as here.",
  "`slice` walks backwards too. Torch has no negative steps: Python's own `slice` says which " +
    "elements are meant.",
  "Indices are u32 here, int64 in torch; their values are compared.",
];
