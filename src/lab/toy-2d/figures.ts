/** The report's pictures: Pareto curves, clouds over the training, score fields, final clouds. */
import type { Results } from "../experiment.js";
import { curvesSvg, type Series } from "../report/curves.js";
import { arrows, circles, dots, frames, type Panel, panelsSvg } from "../report/plane.js";
import type { Figure } from "../report/report.js";
import { type Arm, armsNamed } from "./arm.js";
import { seedsOf } from "./claim.js";
import type { Toy2dConfig } from "./config.js";
import { boundOf, curveOf, trialOf } from "./plan.js";
import { type Problem, problemNamed } from "./problem.js";
import { REWARDS, type RewardName } from "./rewards.js";
import { ARROWS, alphasOf, arrowPlaces, type Trial } from "./trial.js";

/** Where a run has more arms than a plot can hold, these are drawn. */
const SHOWN = [
  "pseudo-huber:c=0.004@x0",
  "pseudo-huber:c=1@x0",
  "kl@score",
  "kl@low-noise",
  "clean-kl@score",
  "l2@sigma2",
  "l2@score",
  "fisher@sigma2",
];
const COLOURS = [
  "#08519c",
  "#6baed6",
  "#cb181d",
  "#fc9272",
  "#8c6bb1",
  "#238b45",
  "#a1d99b",
  "#d9780f",
];
const BLACK = "#1c2127";

/** At most eight arms, each with its colour. */
export function shownArms({ arms: list }: Toy2dConfig): { arm: Arm; colour: string }[] {
  const arms = armsNamed(list);
  const chosen = arms.filter(({ id }) => SHOWN.includes(id));
  const enough = arms.length <= COLOURS.length ? arms : chosen.length >= 2 ? chosen : arms;
  return enough.slice(0, COLOURS.length).map((arm, i) => ({ arm, colour: COLOURS[i] ?? BLACK }));
}

const PLOTS = [
  { measure: "kl", y: "KL to the reference", better: "down" },
  { measure: "recall", y: "recall", better: "up" },
  { measure: "effectiveModes", y: "n_eff", better: "up" },
  { measure: "quality", y: "high quality", better: "up" },
] as const;
const GOLD = { measure: "gold", y: "hidden utility u*", better: "up" } as const;

export function paretoFigures(config: Toy2dConfig, results: Results, reward: RewardName): Figure[] {
  const bound = boundOf(results, reward);
  const arms = shownArms(config);
  const limit = Math.max(...REWARDS[reward].levels);
  const plots = REWARDS[reward].gold ? [...PLOTS, GOLD] : PLOTS;
  return plots.map(({ measure, y, better }): Figure => {
    const own = arms.map(({ arm, colour }): Series => {
      const points = meanCurve(config, results, { reward, arm, measure });
      return { name: short(arm), colour, points, dashed: false };
    });
    const optimum = bound.map((point) => [point.reward, point[measure] ?? 0] as const);
    const series = [{ name: "bound", colour: BLACK, points: optimum, dashed: true }, ...own];
    const low = Math.min(...own.flatMap(({ points }) => points.map(([x]) => x)), 0);
    return {
      name: `pareto-${reward.toLowerCase()}-${measure.toLowerCase()}`,
      caption: `${reward}, ${REWARDS[reward].what}: ${y} against the reward; ${better} is better. PH: pseudo-huber.`,
      svg: curvesSvg({
        title: `${reward}: ${y} at a reward`,
        x: "reward E[r]",
        y,
        series,
        xRange: [low, limit * 1.15],
        yRange: measure === "kl" ? [0, klTop(series, limit)] : rangeUpTo(series, limit * 1.15),
      }),
    };
  });
}

/** The legend has room for so much. */
const short = ({ id }: Arm): string => id.replace("pseudo-huber", "PH");

/** Of the values that are seen. */
function rangeUpTo(series: readonly Series[], right: number): [number, number] {
  const seen = series.flatMap(({ points }) => points.flatMap(([x, y]) => (x <= right ? [y] : [])));
  const [low, high] = [Math.min(...seen), Math.max(...seen)];
  const room = 0.05 * (high - low || 1);
  return [low - room, high + room];
}

/**
 * KL grows without bound where samples leave the modes: what is seen, but no more than three times the
 * bound's largest, or 2.
 */
function klTop(series: readonly Series[], limit: number): number {
  const largest = (some: readonly Series[], right: number): number => rangeUpTo(some, right)[1];
  const most = Math.max(2, 3 * largest(series.slice(0, 1), limit));
  return Math.min(most, largest(series, limit * 1.15));
}

function meanCurve(
  config: Toy2dConfig,
  results: Results,
  { reward, arm, measure }: { reward: RewardName; arm: Arm; measure: string },
): (readonly [number, number])[] {
  const curves = seedsOf(config).map((seed) => curveOf(trialOf(results, reward, arm), seed));
  return (curves[0] ?? []).map((_, i) => {
    const of = (name: string): number =>
      curves.reduce((sum, curve) => sum + (curve[i]?.[name] ?? 0), 0) / curves.length;
    return [of("reward"), of(measure)] as const;
  });
}

/** Of an arm on a reward, the α whose first seed comes nearest to the middle level. */
function nearestAlpha(config: Toy2dConfig, trial: Trial, reward: RewardName) {
  const level = middleLevel(reward);
  const points = curveOf(trial, 0).slice(1);
  const distance = (i: number): number => Math.abs((points[i]?.reward ?? Infinity) - level);
  const best = points.reduce((b, _, i) => (distance(i) < distance(b) ? i : b), 0);
  const alpha = alphasOf(config, reward)[best] ?? 0;
  return { index: best, alpha, point: points[best] };
}

export function middleLevel(reward: RewardName): number {
  const { levels } = REWARDS[reward];
  return levels[Math.floor(levels.length / 2)] ?? 0;
}

type Content = (found: { trial: Trial; index: number; colour: string }) => string;

function panels(
  config: Toy2dConfig,
  results: Results,
  {
    reward,
    arms,
    content,
  }: { reward: RewardName; arms: readonly { arm: Arm; colour: string }[]; content: Content },
): Panel[] {
  const problem = problemNamed(config.problem);
  return arms.flatMap(({ arm, colour }) => {
    const trial = trialOf(results, reward, arm);
    if (!trial) return [];
    const { index, alpha, point } = nearestAlpha(config, trial, reward);
    const inside = content({ trial, index, colour });
    if (inside === "") return [];
    const note = `α ${alpha.toPrecision(3)}, reward ${(point?.reward ?? 0).toFixed(2)}`;
    return [{ title: short(arm), note, content: modes(problem) + inside }];
  });
}

const modes = ({ reach, means, width }: Problem): string =>
  circles({ reach, points: means.flat() }, 3 * width);

export function movingFigure(config: Toy2dConfig, results: Results, reward: RewardName): Figure {
  const { reach } = problemNamed(config.problem);
  const content: Content = ({ trial, index, colour }) =>
    frames(
      (trial.clouds[index] ?? []).map((cloud) => ({ reach, points: units(cloud) })),
      colour,
    );
  const all = panels(config, results, { reward, arms: shownArms(config), content });
  return {
    name: `moving-${reward.toLowerCase()}`,
    caption:
      `${reward}: samples over the training, in a loop. Rings: three widths around the reference's ` +
      `modes. Each arm at the α whose reward comes nearest to ${middleLevel(reward)}.`,
    svg: panelsSvg(`${reward}: samples over the training`, all),
    wide: true,
  };
}

export function cloudsFigure(config: Toy2dConfig, results: Results, reward: RewardName): Figure {
  const { reach } = problemNamed(config.problem);
  const colours = new Map(shownArms(config).map(({ arm, colour }) => [arm.id, colour]));
  const arms = armsNamed(config.arms).map((arm) => ({
    arm,
    colour: colours.get(arm.id) ?? "#4a545e",
  }));
  const content: Content = ({ trial, index, colour }) =>
    dots({ reach, points: units(trial.clouds[index]?.at(-1) ?? []) }, colour);
  return {
    name: `clouds-${reward.toLowerCase()}`,
    caption:
      `${reward}: what every arm ends with, at about the same reward (the α nearest to ` +
      `${middleLevel(reward)}; the second line says how near). PH: pseudo-huber.`,
    svg: panelsSvg(`${reward}: final samples`, panels(config, results, { reward, arms, content })),
    wide: true,
  };
}

export function arrowsFigure(config: Toy2dConfig, results: Results, reward: RewardName): Figure {
  const problem = problemNamed(config.problem);
  const places = { reach: problem.reach, points: arrowPlaces(problem) };
  const longest = (1.6 * problem.reach) / ARROWS.side;
  const content: Content = ({ trial, index, colour }) => {
    const vectors = trial.fields[index];
    return vectors ? arrows(places, { vectors, longest, colour }) : "";
  };
  const all = panels(config, results, { reward, arms: shownArms(config), content });
  return {
    name: `fields-${reward.toLowerCase()}`,
    caption:
      `${reward}: y = s_ψ − s_ref at σ = ${ARROWS.sigma} s after the training. It points where the ` +
      "generator has more mass than the reference; the divergence pulls against it. Lengths are " +
      "relative within a panel.",
    svg: panelsSvg(`${reward}: score fields`, all),
    wide: true,
  };
}

const units = (hundredths: ArrayLike<number>): number[] =>
  Array.from(hundredths, (value) => value / 100);
