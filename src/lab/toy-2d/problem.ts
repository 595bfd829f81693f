/**
 * The problems: references in the plane with scores known at every noise level.
 *
 *     ring      8 modes on a circle of radius 4, s = 0.3
 *     grid      25 modes, 2 apart, s = 0.2
 *     banana    16 components on two thirds of a circle, so close that they are one curve
 *     overlap   two modes that share their tails, s = 1
 */
import type { NoiseRange } from "../../diffusion/time-distributions.js";
import type { Mixture, Point } from "./mixture.js";

export interface Problem extends Mixture {
  readonly name: string;
  readonly what: string;
  /** s_d: root mean square of one coordinate. */
  readonly spread: number;
  /** Largest |x| and |y| that is looked at. */
  readonly reach: number;
  readonly range: NoiseRange;
}

function problem(name: string, what: string, means: readonly Point[], width: number): Problem {
  const weights = means.map(() => 1 / means.length);
  const squares = means.reduce((sum, [x, y]) => sum + x * x + y * y, 0) / means.length;
  const furthest = Math.max(...means.flat().map(Math.abs));
  return {
    name,
    what,
    means,
    weights,
    width,
    spread: Math.sqrt(squares / 2 + width ** 2),
    reach: furthest + Math.max(2, 5 * width),
    range: { sigma_min: width / 3, sigma_max: 2 * furthest },
  };
}

const onCircle = (radius: number, angle: number): Point => [
  radius * Math.cos(angle),
  radius * Math.sin(angle),
];
const count = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

const RING = count(8).map((k) => onCircle(4, (k * Math.PI) / 4));
const GRID = count(25).map((k): Point => [2 * (k % 5) - 4, 2 * Math.floor(k / 5) - 4]);
const ARC = count(16).map((k) => onCircle(3, ((k - 7.5) / 7.5) * ((2 * Math.PI) / 3)));
const ARC_MEAN = ARC.reduce((sum, [x]) => sum + x, 0) / ARC.length;
/** Centred, as the others are: R1 then is 0 on average. */
const BANANA = ARC.map(([x, y]): Point => [x - ARC_MEAN, y]);

export const PROBLEMS: Readonly<Record<string, Problem>> = {
  ring: problem("ring", "8 modes on a circle", RING, 0.3),
  grid: problem("grid", "25 modes on a grid", GRID, 0.2),
  banana: problem("banana", "one curved mode", BANANA, 0.35),
  overlap: problem(
    "overlap",
    "two modes that overlap",
    [
      [-1.5, 0],
      [1.5, 0],
    ],
    1,
  ),
};

export function problemNamed(name: string): Problem {
  // The config's choices have been checked.
  return PROBLEMS[name] ?? (PROBLEMS.ring as Problem);
}
