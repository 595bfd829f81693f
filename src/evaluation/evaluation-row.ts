/**
 * One row of the results: a model, judged on seen and on held-out combinations.
 */
import type { Atlas } from "../data/index.js";
import {
  type CheckerAccuracy,
  checkerAccuracy,
  type Prediction,
  type ReportAccuracy,
  reportAccuracy,
} from "./accuracy.js";
import {
  type ColourFigures,
  type ColourStatistics,
  colourDrift,
  colourStatistics,
} from "./colour.js";
import { type Diversity, promptDiversity } from "./diversity.js";
import { average, expectOneEach } from "./pictures.js";
import type { EvaluationPlan } from "./plan.js";

/** What a model made for a plan, and what the scorers said of it. */
export interface EvaluatedSet {
  readonly plan: EvaluationPlan;
  /** [n, 3, 32, 32] in [−1, 1], in the order of the plan */
  readonly images: Float32Array;
  /** Of the report-only scorer. */
  readonly predictions: readonly Prediction[];
  /** Of the reward. */
  readonly rewards: ArrayLike<number>;
}

/** All figures of one model on one split. */
export interface SplitResult {
  readonly pictures: number;
  readonly checkers: CheckerAccuracy;
  readonly report: ReportAccuracy;
  readonly reward: number;
  readonly diversity: Diversity;
  readonly colour: ColourFigures;
  /** Against the reference set. */
  readonly drift: ColourFigures;
}

/** All figures of one model. */
export interface EvaluationRow {
  /** Such as "teacher", "one-step", "aligned". */
  readonly model: string;
  /** Network evaluations a picture. */
  readonly evaluations: number;
  readonly secondsPerPicture: number;
  readonly seen: SplitResult;
  readonly heldOut: SplitResult;
}

/** Reference: colours of the set that drift is measured against, such as real pictures. */
export function evaluateSet(
  { plan, images, predictions, rewards }: EvaluatedSet,
  { atlas, reference }: { readonly atlas: Atlas; readonly reference: ColourStatistics },
): SplitResult {
  const { scenes, captions } = plan;
  expectOneEach("evaluateSet", scenes.length, "rewards", rewards.length);
  const colour = colourStatistics(images);
  return {
    pictures: scenes.length,
    checkers: checkerAccuracy(images, scenes, atlas),
    report: reportAccuracy(predictions, scenes),
    reward: average(rewards),
    diversity: promptDiversity(images, captions),
    colour: colour.mean,
    drift: colourDrift(colour, reference),
  };
}
