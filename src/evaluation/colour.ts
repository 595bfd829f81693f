/**
 * Colours of a set of pictures, and how far they drifted from a reference set. A model that is
 * pushed towards a reward tends to lose here first: more saturated, more clipped.
 *
 *     saturation     mean over pixels of HSV's S = (max − min) / max of red, green, blue     0 .. 1
 *     colourfulness  √(σ_rg² + σ_yb²) + 0.3 √(μ_rg² + μ_yb²),   rg = R − G,  yb = (R + G)/2 − B
 *                    (Hasler & Süsstrunk 2003, with R, G, B in 0 .. 255)
 *     clipped        share of pixels with a channel at an end of the range, or beyond      0 .. 1
 *     drift          (mean of the set − mean of the reference) / standard deviation of the reference
 *
 * Each figure is computed for every picture; means and deviations run over pictures.
 */
import { SCENE_LENGTH } from "../data/index.js";
import { average, splitPictures } from "./pictures.js";

/** Figures of a picture's colours; the header says what they are. */
export interface ColourFigures {
  readonly saturation: number;
  readonly colourfulness: number;
  readonly clipped: number;
}

/** Means over a set of pictures, with standard deviations. */
export interface ColourStatistics {
  readonly mean: ColourFigures;
  readonly deviation: ColourFigures;
}

const FIGURES = ["saturation", "colourfulness", "clipped"] as const;
const PIXELS = SCENE_LENGTH / 3;
/** Half a step of 8 bits. */
const CLIP = 1 - 1 / 255;

/** picture [3, 32, 32] in [−1, 1] */
export function colourFigures(picture: Float32Array): ColourFigures {
  let [saturation, clipped] = [0, 0];
  const rg = new Float64Array(PIXELS);
  const yb = new Float64Array(PIXELS);
  for (let i = 0; i < PIXELS; i++) {
    const raw = [0, 1, 2].map((c) => picture[c * PIXELS + i] ?? 0);
    if (raw.some((v) => Math.abs(v) >= CLIP)) clipped += 1 / PIXELS;
    const [r = 0, g = 0, b = 0] = raw.map((v) => (Math.min(1, Math.max(-1, v)) + 1) * 127.5);
    const most = Math.max(r, g, b);
    if (most > 0) saturation += (most - Math.min(r, g, b)) / most / PIXELS;
    rg[i] = r - g;
    yb[i] = (r + g) / 2 - b;
  }
  const spread = Math.hypot(deviation(rg), deviation(yb));
  const colourfulness = spread + 0.3 * Math.hypot(average(rg), average(yb));
  return { saturation, colourfulness, clipped };
}

/** images [n, 3, 32, 32] in [−1, 1] */
export function colourStatistics(images: Float32Array): ColourStatistics {
  const all = splitPictures("colourStatistics", images).map(colourFigures);
  return {
    mean: eachFigure((f) => average(all.map((c) => c[f]))),
    deviation: eachFigure((f) => deviation(all.map((c) => c[f]))),
  };
}

/** Standardised drift of each figure: 0 for equal means, ±∞ where the reference is constant. */
export function colourDrift(set: ColourStatistics, reference: ColourStatistics): ColourFigures {
  return eachFigure((f) => {
    const difference = set.mean[f] - reference.mean[f];
    return difference === 0 ? 0 : difference / reference.deviation[f];
  });
}

function eachFigure(f: (figure: (typeof FIGURES)[number]) => number): ColourFigures {
  const [saturation = 0, colourfulness = 0, clipped = 0] = FIGURES.map(f);
  return { saturation, colourfulness, clipped };
}

/** √(mean (v − mean v)²) */
function deviation(values: ArrayLike<number>): number {
  const centre = average(values);
  return Math.sqrt(average(Float64Array.from(values, (v) => (v - centre) ** 2)));
}
