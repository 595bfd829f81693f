/**
 * What a generator is measured by: pictures of fixed prompts, as they are shown, against those of
 * the start generator for the same prompts and another z.
 *
 * The verdict's measures, decided before any run (verdict.ts names them after exact-1d's):
 *
 *     n_eff    Vendi score within a prompt: the effective number of different pictures among
 *              `samples`, pixels, h = 0.3; the mean over prompts
 *     recall   share of the start generator's pictures within reach (k = 3 neighbours), in the
 *              report scorer's features
 *     quality  share of pictures in which all that the caption says is right, by the checkers
 */
import type { Scene } from "../../data/index.js";
import {
  type ColourStatistics,
  colourDrift,
  colourStatistics,
  type Factors,
  factorDiversity,
  factorsOf,
  featuresOf,
  type Prediction,
  precisionRecall,
  predictionsOf,
  promptDiversity,
  rmsDistance,
  winRate,
} from "../../evaluation/index.js";
import { average, splitPictures } from "../../evaluation/pictures.js";
import { floatsFromBase64, floatsToBase64 } from "../../io/base64.js";
import type { TextToImage } from "../../pipeline/text-to-image.js";
import type { Key } from "../../tensor/key.js";
import { golds } from "./gold.js";
import type { ProxyName } from "./pairs.js";
import { rawRewards, type ScaledProxy } from "./proxy.js";
import { draw, type Workshop } from "./workshop.js";

/** Numbers by name, as they stand in the results. */
export type Measures = Readonly<Record<string, number>>;

/** What is known of the start generator's pictures with another z than an arm's own. */
export interface Reference {
  readonly gold: readonly number[];
  readonly right: readonly number[];
  readonly factors: readonly Factors[];
  readonly colour: ColourStatistics;
  /** Base64 of float32, for each picture. */
  readonly features: readonly string[];
}

/** `key`: of the arm's z. */
export async function referenceOf(workshop: Workshop, key: Key): Promise<Reference> {
  const { device, start, plan, judge, atlas } = workshop;
  const images = await draw(device, start, plan.tokens, key.fold(1));
  const features = await featuresOf(device, judge, images);
  return {
    gold: golds(images, plan.scenes, atlas),
    right: rightOnes(await predictionsOf(device, judge, images), workshop),
    factors: factorsOf(images, atlas),
    colour: colourStatistics(images),
    features: features.map(floatsToBase64),
  };
}

export type Proxies = Readonly<Record<ProxyName, ScaledProxy>>;

export interface Measured {
  readonly measures: Measures;
  readonly images: Float32Array;
}

export async function measureGenerator(
  workshop: Workshop,
  generator: TextToImage,
  reference: Reference,
  { key, proxies }: { readonly key: Key; readonly proxies: Proxies },
): Promise<Measured> {
  const { device, start, plan, judge, atlas } = workshop;
  const images = await draw(device, generator, plan.tokens, key);
  const gold = golds(images, plan.scenes, atlas);
  const right = rightOnes(await predictionsOf(device, judge, images), workshop);
  const read = factorsOf(images, atlas);
  const factors = factorDiversity(read, reference.factors);
  const features = await featuresOf(device, judge, images);
  const { vendi, distance } = promptDiversity(images, plan.captions);
  const measures = {
    ...(await proxyMeans(workshop, proxies, images)),
    gold: average(gold),
    goldWins: winRate(gold, reference.gold).rate,
    judgeWins: winRate(right, reference.right).rate,
    vendi,
    distance,
    ...precisionRecall(reference.features.map(floatsFromBase64), features),
    quality: average(read.map((one, i) => +shows(one, plan.scenes[i]))),
    factors: factors.effective,
    factorCoverage: factors.coverage,
    ...colourMeasures(images, reference.colour),
    shift: shiftOf(images, await draw(device, start, plan.tokens, key)),
  };
  return { measures, images };
}

/** Mean r̂ of each proxy. */
async function proxyMeans(
  { device, plan, fit }: Workshop,
  proxies: Proxies,
  images: Float32Array,
): Promise<Record<string, number>> {
  const means: Record<string, number> = {};
  for (const [name, { network, mean, deviation }] of Object.entries(proxies)) {
    const raw = await rawRewards(device, { network, fit }, images, plan.tokens);
    means[name] = (average(raw) - mean) / deviation;
  }
  return means;
}

function colourMeasures(images: Float32Array, reference: ColourStatistics) {
  const colour = colourStatistics(images);
  const drift = colourDrift(colour, reference);
  return {
    ...colour.mean,
    driftSaturation: drift.saturation,
    driftColourfulness: drift.colourfulness,
    driftClipped: drift.clipped,
  };
}

/** Whether all is there that the caption says; a style counts for nothing, as in the evaluation. */
function shows({ subject, background, place, count }: Factors, scene: Scene | undefined): boolean {
  const wanted = [scene?.subject, scene?.background, scene?.place, scene?.count];
  return [subject, background, place, count].every((value, i) => value === wanted[i]);
}

/** Mean RMS distance to the start generator's picture of the same prompt and z. */
function shiftOf(images: Float32Array, same: Float32Array): number {
  const others = splitPictures("shiftOf", same);
  return average(
    splitPictures("shiftOf", images).map((picture, i) =>
      rmsDistance(picture, others[i] ?? picture),
    ),
  );
}

/** How many of subject, background and named style the report scorer reads as the caption says. */
function rightOnes(predictions: readonly Prediction[], { plan }: Workshop): number[] {
  return plan.scenes.map((scene, i) => {
    const said = predictions[i];
    if (!said) return 0;
    const style = !scene.styleNamed || said.style === scene.style;
    return +(said.subject === scene.subject) + +(said.background === scene.background) + +style;
  });
}
