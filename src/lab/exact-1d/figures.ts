/** Pareto curves and densities of exact-1d, on the published problem. */
import type { Results } from "../experiment.js";
import { curvesSvg, type Series } from "../report/curves.js";
import type { Figure } from "../report/report.js";
import type { CurvePoint } from "../statistics/index.js";
import type { Arm } from "./arms.js";
import { optimalCurve } from "./compare.js";
import type { Exact1dConfig } from "./config.js";
import { softmax } from "./flow.js";
import { armsOf, sweepOf, TABLE_REWARDS } from "./plan.js";
import type { Problem } from "./problem.js";
import { BOUND } from "./published.js";
import { REWARDS, type RewardName } from "./rewards.js";
import { problemOf, rewardOf } from "./trial.js";

/** One colour for a family, its weights from dark to light. */
const COLOURS: readonly (readonly [family: string, colours: readonly string[]])[] = [
  ["IKL", ["#08306b", "#2171b5", "#5fa6d6", "#9ecae1"]],
  ["SIM-L2", ["#a63603", "#e6550d", "#fd9a4e", "#d9a441"]],
  ["Fisher-full", ["#54278f", "#8c6bb1"]],
  ["SiD", ["#c51b8a", "#f768a1"]],
  ["PH", ["#00441b", "#238b45", "#66b36e", "#8fbf3f"]],
];
const BLACK = "#111";
const MEASURES = [
  { measure: "effectiveModes", name: "modes", label: "n_eff" },
  { measure: "entropy", name: "entropy", label: "entropy" },
] as const;

export function paretoFigures(config: Exact1dConfig, results: Results): Figure[] {
  const problem = problemOf(config, 0);
  return TABLE_REWARDS.flatMap((reward) => {
    const optimum = optimalCurve(problem, rewardOf(config, { instance: 0, reward }, problem));
    return MEASURES.map(({ measure, name, label }) => ({
      name: `pareto-${reward.toLowerCase()}-${name}`,
      caption: `${reward}, ${REWARDS[reward].what}: reward against ${label}; up and right is better.`,
      svg: curvesSvg({
        title: `${reward}: ${REWARDS[reward].what}`,
        x: label,
        y: "reward",
        series: paretoSeries(config, results, { reward, measure, optimum }),
        yRange: rewardRange(reward, optimum),
      }),
    }));
  });
}

/** From what the reference has to a little more than the highest level. */
function rewardRange(
  reward: RewardName,
  optimum: readonly CurvePoint[],
): readonly [number, number] {
  const low = optimum[0]?.reward ?? 0;
  const high = Math.max(...REWARDS[reward].levels);
  return [low - 0.03, high + 0.03];
}

interface ParetoInput {
  readonly reward: RewardName;
  readonly measure: string;
  readonly optimum: readonly CurvePoint[];
}

function paretoSeries(
  config: Exact1dConfig,
  results: Results,
  { reward, measure, optimum }: ParetoInput,
): Series[] {
  const top = Math.max(...REWARDS[reward].levels) + 0.05;
  const pointsOf = (curve: readonly CurvePoint[]): (readonly [number, number])[] => {
    const end = curve.findIndex((point) => point.reward > top);
    const shown = end < 0 ? curve : curve.slice(0, end + 1);
    return shown.map((point) => [point[measure] ?? 0, point.reward] as const);
  };
  const bound = { name: BOUND, colour: BLACK, points: pointsOf(optimum), thick: true };
  const { table } = armsOf(config);
  return [
    bound,
    ...table.map((arm) => {
      const { points = [] } = sweepOf(results, { instance: 0, reward, arm }) ?? {};
      return { ...looks(arm, table), points: pointsOf(points) };
    }),
  ];
}

function looks(arm: Arm, all: readonly Arm[]): { name: string; colour: string; dashed: boolean } {
  const [family, colours] = COLOURS.find(([name]) => arm.family.startsWith(name)) ?? ["", []];
  const i = all.filter((one) => one.family.startsWith(family)).indexOf(arm);
  return { name: arm.id, colour: colours[i] ?? BLACK, dashed: arm.weighting.name === "1" };
}

const DENSITIES: readonly { readonly reward: RewardName; readonly level: number }[] = [
  { reward: "R2", level: 0.5 },
  { reward: "R3", level: 0.3 },
];
const SHOWN = ["IKL w=1", "SIM-L2 w=σ²", "SIM-L2 w=1", "PH c=0.5 w=σ²"];

export function densityFigures(config: Exact1dConfig, results: Results): Figure[] {
  const problem = problemOf(config, 0);
  const { table } = armsOf(config);
  const arms = table.filter(({ id }) => SHOWN.includes(id));
  return DENSITIES.flatMap(({ reward, level }) =>
    arms.map((arm, i) => {
      const sweep = sweepOf(results, { instance: 0, reward, arm });
      const masses = sweep?.densities[String(level)] ?? [];
      const optimum = optimumAt(config, problem, { reward, level });
      const series = [
        { name: "reference", colour: "#9aa3ab", points: density(problem, problem.masses) },
        { name: BOUND, colour: BLACK, points: density(problem, optimum), dashed: true },
        { ...looks(arm, table), points: density(problem, masses), dashed: false, thick: true },
      ];
      return {
        name: `density-${reward.toLowerCase()}-${i + 1}`,
        caption: `${arm.id} on ${reward}, the fixed point nearest to reward ${level}.`,
        svg: curvesSvg({
          title: `${reward} at ${level}: ${arm.id}`,
          x: "x",
          y: "density",
          series,
          xRange: [-9, 9],
          yRange: [0, 0.8],
        }),
      };
    }),
  );
}

function density(problem: Problem, masses: ArrayLike<number>): (readonly [number, number])[] {
  const { points, line } = problem;
  return Array.from(masses, (mass, i) => [points[i] ?? 0, mass / line.step] as const);
}

/** p ∝ q e^{α r} with E_p[r] = level, α by bisection. */
function optimumAt(
  config: Exact1dConfig,
  problem: Problem,
  { reward, level }: { reward: RewardName; level: number },
): Float64Array {
  const r = rewardOf(config, { instance: 0, reward }, problem);
  const at = (alpha: number): Float64Array =>
    softmax(problem.masses.map((q, i) => Math.log(q) + alpha * (r[i] ?? 0)));
  let [low, high] = [0, 100];
  for (let n = 0; n < 60; n++) {
    const middle = (low + high) / 2;
    const mean = at(middle).reduce((sum, p, i) => sum + p * (r[i] ?? 0), 0);
    if (mean < level) low = middle;
    else high = middle;
  }
  return at(low);
}
