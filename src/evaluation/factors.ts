/**
 * Which factors a set of pictures shows, read by the exact checkers: subject, style, background,
 * place and count. A combination is one value of each.
 *
 *     n_eff     exp(−Σ f ln f), f: shares of the combinations in the set           1 .. n
 *     coverage  share of the reference's combinations that the set shows too       0 .. 1
 */
import { type Atlas, identifySubject, readScene } from "../data/index.js";
import { splitPictures } from "./pictures.js";

export interface FactorDiversity {
  readonly effective: number;
  readonly coverage: number;
}

/** images [n, 3, 32, 32] in [−1, 1] → the combination that each shows, as a text. */
export function factorsOf(images: Float32Array, atlas: Atlas): string[] {
  return splitPictures("factorsOf", images).map((picture) => {
    const reading = readScene(picture);
    const { subject, style } = identifySubject(picture, atlas, reading) ?? {};
    const { background, place, count } = reading;
    return [subject ?? "nothing", style ?? "", background, place, count].join(" | ");
  });
}

/** Combinations of a set against those of a reference set. */
export function factorDiversity(
  combinations: readonly string[],
  reference: readonly string[],
): FactorDiversity {
  const counts = new Map<string, number>();
  for (const one of combinations) counts.set(one, (counts.get(one) ?? 0) + 1);
  const shares = [...counts.values()].map((n) => n / combinations.length);
  const wanted = [...new Set(reference)];
  return {
    effective: Math.exp(-shares.reduce((sum, f) => sum + f * Math.log(f), 0)),
    coverage: wanted.filter((one) => counts.has(one)).length / wanted.length,
  };
}
