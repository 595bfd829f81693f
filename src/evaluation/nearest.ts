/**
 * Is a picture new, or copied from the training set? The nearest training picture by
 *
 *     d(x, t) = √(mean over pixels of (x − t)²)
 */
import { rmsDistance } from "./diversity.js";
import { splitPictures } from "./pictures.js";

/** The nearest training picture and its RMS distance, in units of the range [−1, 1]. */
export interface Nearest {
  /** Which training picture; −1 when there is none. */
  readonly index: number;
  readonly distance: number;
}

/** images [n, 3, 32, 32], trainingImages [m, 3, 32, 32] → the nearest for each of the n. */
export function distanceToNearest(images: Float32Array, trainingImages: Float32Array): Nearest[] {
  const known = splitPictures("distanceToNearest", trainingImages);
  return splitPictures("distanceToNearest", images).map((picture) => {
    let best: Nearest = { index: -1, distance: Number.POSITIVE_INFINITY };
    for (const [index, other] of known.entries()) {
      const distance = rmsDistance(picture, other);
      if (distance < best.distance) best = { index, distance };
    }
    return best;
  });
}
