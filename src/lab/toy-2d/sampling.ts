/** Draws on the host: points of a mixture, and noise levels. */
import type { TimeDistribution } from "../../diffusion/time-distributions.js";
import type { Key } from "../../tensor/key.js";
import type { Mixture, Point } from "./mixture.js";

export function drawPoint({ means, weights, width }: Mixture, key: Key): Point {
  const u = key.uniform(0);
  let total = 0;
  const k = weights.findIndex((weight) => {
    total += weight;
    return total > u;
  });
  const [x = 0, y = 0] = means[k < 0 ? means.length - 1 : k] ?? [];
  const radius = width * Math.sqrt(-2 * Math.log(1 - key.uniform(1)));
  const angle = 2 * Math.PI * key.uniform(2);
  return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
}

/** The largest coordinate of a mean. */
export function furthest({ means }: Mixture): number {
  return Math.max(...means.flat().map(Math.abs));
}

/** n levels, one from each n-th part of the distribution: the draws of a batch cover it evenly. */
export function stratifiedSigmas(key: Key, n: number, { quantile }: TimeDistribution): number[] {
  return Array.from({ length: n }, (_, i) => quantile((i + key.uniform(i)) / n));
}
