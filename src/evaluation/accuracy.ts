/**
 * How often pictures show what their captions say: by the exact checkers of the data, and by the
 * report-only scorer. Shares of pictures, 0 to 1.
 */
import {
  type Atlas,
  type Colour,
  checkScene,
  identifySubject,
  type Scene,
  type Style,
  type Subject,
} from "../data/index.js";
import { average, expectOneEach, splitPictures } from "./pictures.js";

/** By the checkers. */
export interface CheckerAccuracy {
  readonly background: number;
  readonly subject: number;
  readonly place: number;
  readonly count: number;
  /** All four at once. */
  readonly all: number;
}

/** What the report-only scorer says of one picture. */
export interface Prediction {
  readonly subject: Subject;
  readonly background: Colour;
  readonly style: Style;
}

/** By the report-only scorer. */
export interface ReportAccuracy {
  readonly background: number;
  readonly subject: number;
  /** Among the pictures whose caption names a style; NaN when none does. */
  readonly style: number;
}

/**
 * images [n, 3, 32, 32] in [−1, 1] and n scenes
 * → the shares of pictures that show what their scene says, 0 .. 1.
 * @throws ShapeError when there is not one scene for each picture.
 */
export function checkerAccuracy(
  images: Float32Array,
  scenes: readonly Scene[],
  atlas: Atlas,
): CheckerAccuracy {
  const pictures = splitPictures("checkerAccuracy", images);
  expectOneEach("checkerAccuracy", pictures.length, "scenes", scenes.length);
  const checks = scenes.map((scene, i) => {
    const picture = pictures[i] ?? new Float32Array();
    const check = checkScene(picture, scene);
    const subject = identifySubject(picture, atlas)?.subject === scene.subject;
    return { ...check, subject, all: check.all && subject };
  });
  const share = (what: keyof CheckerAccuracy): number => average(checks.map((c) => +c[what]));
  return {
    background: share("background"),
    subject: share("subject"),
    place: share("place"),
    count: share("count"),
    all: share("all"),
  };
}

/**
 * n predictions and n scenes → the shares that agree, 0 .. 1; styles count where the caption names
 * one.
 * @throws ShapeError when there is not one scene for each prediction.
 */
export function reportAccuracy(
  predictions: readonly Prediction[],
  scenes: readonly Scene[],
): ReportAccuracy {
  expectOneEach("reportAccuracy", predictions.length, "scenes", scenes.length);
  const pairs = predictions.flatMap((said, i) => {
    const scene = scenes[i];
    return scene ? [{ said, scene }] : [];
  });
  const named = pairs.filter(({ scene }) => scene.styleNamed);
  return {
    background: average(pairs.map(({ said, scene }) => +(said.background === scene.background))),
    subject: average(pairs.map(({ said, scene }) => +(said.subject === scene.subject))),
    style: average(named.map(({ said, scene }) => +(said.style === scene.style))),
  };
}
