/**
 * Which factors a set of pictures shows, read by the exact checkers: subject, style, background,
 * place and count. A combination is one value of each.
 *
 *     n_eff     exp(−Σ f ln f), f: shares of the combinations in the set           1 .. n
 *     coverage  share of the reference's combinations that the set shows too       0 .. 1
 */
import {
  type Atlas,
  type Colour,
  identifySubject,
  type Place,
  readScene,
  type Style,
  type Subject,
} from "../data/index.js";
import { splitPictures } from "./pictures.js";

/** A combination, as the checkers read it. Subject and style are absent where nothing stands out. */
export interface Factors {
  readonly subject?: Subject;
  readonly style?: Style;
  readonly background: Colour;
  readonly place: Place;
  readonly count: number;
}

export interface FactorDiversity {
  readonly effective: number;
  readonly coverage: number;
}

/** images [n, 3, 32, 32] in [−1, 1] → what each shows */
export function factorsOf(images: Float32Array, atlas: Atlas): Factors[] {
  return splitPictures("factorsOf", images).map((picture) => {
    const reading = readScene(picture);
    const { background, place, count } = reading;
    const found = identifySubject(picture, atlas, reading);
    if (!found) return { background, place, count };
    return { subject: found.subject, style: found.style, background, place, count };
  });
}

/** Combinations of a set against those of a reference set. */
export function factorDiversity(
  factors: readonly Factors[],
  reference: readonly Factors[],
): FactorDiversity {
  const counts = new Map<string, number>();
  for (const one of factors.map(nameOf)) counts.set(one, (counts.get(one) ?? 0) + 1);
  const shares = [...counts.values()].map((n) => n / factors.length);
  const wanted = [...new Set(reference.map(nameOf))];
  return {
    effective: Math.exp(-shares.reduce((sum, f) => sum + f * Math.log(f), 0)),
    coverage: wanted.filter((one) => counts.has(one)).length / wanted.length,
  };
}

function nameOf({ subject, style, background, place, count }: Factors): string {
  return [subject ?? "nothing", style ?? "", background, place, count].join(" | ");
}
