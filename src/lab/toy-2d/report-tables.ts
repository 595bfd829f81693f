/** The report's tables. */
import { Key } from "../../tensor/key.js";
import type { Results } from "../experiment.js";
import type { Section } from "../report/report.js";
import { atReward } from "../statistics/index.js";
import type { LevelVerdict, RewardVerdict } from "../verdict.js";
import { armsNamed } from "./arm.js";
import { interval, number, signed } from "./cells.js";
import { type Claim, seedsOf } from "./claim.js";
import type { Comparison } from "./compare.js";
import { rewardsOf, type Toy2dConfig } from "./config.js";
import { middleLevel } from "./figures.js";
import { Grid, type Measures, measure } from "./measures.js";
import { curveOf, trialOf } from "./plan.js";
import { problemNamed } from "./problem.js";
import { REWARDS, type RewardName } from "./rewards.js";
import { drawPoint } from "./sampling.js";
import { STREAM } from "./streams.js";

const MEASURED = ["effectiveModes", "coverage", "recall", "entropy", "quality", "kl"] as const;
const HEADS = ["n_eff", "coverage", "recall", "entropy", "high quality", "KL"];

/** Is the start what an arm may start from: all modes, few samples between them? */
export function startSection(config: Toy2dConfig, results: Results): Section {
  const [reward = "R1"] = rewardsOf(config);
  const trials = armsNamed(config.arms).map((arm) => trialOf(results, reward, arm));
  const trial = trials.find((one) => one !== undefined);
  const row = (name: string, found: Measures | undefined): string[] => [
    name,
    ...MEASURED.map((key) => number(found?.[key])),
  ];
  return {
    title: "Where all arms start",
    text: [
      "The teacher's deterministic sampler, distilled: one generator for each seed. Below it what the " +
        "same number of exact samples of the reference would measure.",
    ],
    table: {
      head: ["generator", ...HEADS],
      rows: [
        ...seedsOf(config).map((seed) => row(`seed ${seed}`, curveOf(trial, seed)[0])),
        row("exact samples", exactMeasures(config)),
      ],
    },
  };
}

function exactMeasures({ problem: name, samples, seed }: Toy2dConfig): Measures {
  const problem = problemNamed(name);
  const key = Key.from(seed).fold(STREAM.measure);
  const points = Array.from({ length: samples }, (_, i) => drawPoint(problem, key.fold(i))).flat();
  const masses = new Float64Array(samples).fill(1 / samples);
  return measure(new Grid(problem), problem, { points, masses });
}

export function claimSection(claim: Claim): Section {
  const chosen = claim.sides
    .map(
      ({ challenger, defender }, seed) => `seed ${seed}: ${challenger.id} against ${defender.id}`,
    )
    .join("; ");
  return {
    title: "The claim",
    text: [
      "Differences, pseudo-Huber minus integral KL, at equal reward: mean over the seeds, with the " +
        "95 % interval of a paired bootstrap. A level is **won** when n_eff and recall are both " +
        "higher, by interval and by Holm's correction, and the fraction of high quality is not lower " +
        "by more than 0.02; **lost** when both are lower. Three of five levels make a reward verified " +
        "or refuted, three of five rewards the claim.",
      `Each seed compares the weightings that stood best on the other seeds. ${chosen}.`,
    ],
    table: {
      head: ["reward", "verdict", "level", "n_eff", "recall", "high quality", "outcome"],
      rows: claim.rewards.flatMap((one) =>
        one.levels.map((level, i) => claimRow(one, level, i === 0)),
      ),
    },
  };
}

function claimRow(
  { reward, verdict }: RewardVerdict,
  level: LevelVerdict,
  first: boolean,
): string[] {
  const name = reward as RewardName;
  return [
    first ? `${reward} ${REWARDS[name].what}` : "",
    first ? `**${verdict}**` : "",
    String(level.level),
    interval(level.effectiveModes),
    interval(level.recall),
    level.quality === undefined ? "–" : signed(level.quality),
    level.outcome,
  ];
}

export function comparisonSection(
  { seeds }: Toy2dConfig,
  reward: RewardName,
  { baseline, rows }: Comparison,
): Section {
  const level = middleLevel(reward);
  return {
    title: `${reward}: all arms at a reward of ${level}`,
    text: [
      `Reward: ${REWARDS[reward].what}. Means over the seeds that reach the level; the last columns compare ` +
        `an arm's KL with that of ${baseline.id}, paired by seed, where all seeds of both reach it: ` +
        "mean, 95 % interval, and Holm's p̃ over the arms.",
    ],
    table: {
      head: ["arm", "seeds", ...HEADS, "KL, difference", "p̃"],
      rows: rows.map(({ arm, reached, values, klDifference, adjusted }) => [
        arm.id,
        `${reached} of ${seeds}`,
        ...MEASURED.map((key) => number(values?.[key])),
        interval(klDifference),
        adjusted === undefined ? "–" : adjusted.toFixed(3),
      ]),
    },
  };
}

/** KL at every level: one look at the whole curves. */
export function levelsSection(config: Toy2dConfig, results: Results, reward: RewardName): Section {
  const { levels } = REWARDS[reward];
  const rows = armsNamed(config.arms).map((arm) => {
    const cells = levels.map((level) => {
      const found = seedsOf(config).flatMap((seed) => {
        const at = atReward(curveOf(trialOf(results, reward, arm), seed), level)?.values;
        return at ? [at] : [];
      });
      if (found.length < config.seeds) return "–";
      const mean = (name: string): number =>
        found.reduce((sum, one) => sum + (one[name] ?? Number.NaN), 0) / found.length;
      return `${number(mean("kl"))} / ${number(mean("effectiveModes"))}`;
    });
    return [arm.id, ...cells];
  });
  return {
    title: `${reward}: KL and n_eff at every level`,
    text: ["Means over the seeds; – where some seed's curve does not reach the reward."],
    table: { head: ["arm", ...levels.map((level) => `E[r] = ${level}`)], rows },
  };
}

/** What must be equal: the negative control and integral KL, as trained. */
export function controlSection(config: Toy2dConfig, results: Results): Section {
  const arms = armsNamed(config.arms);
  const of = (id: string) => arms.find((arm) => arm.id === id);
  const [control, kl] = [of("detached-l2@sigma2"), of("kl@score")];
  const title = "Negative control";
  if (!control || !kl)
    return { title, text: ["The run has not both detached-l2@sigma2 and kl@score."] };
  const gaps = rewardsOf(config).flatMap((reward) => {
    const [a, b] = [control, kl].map((arm) => trialOf(results, reward, arm)?.points ?? []);
    return (a ?? []).map((point, i) => Math.abs(point.kl - (b?.[i]?.kl ?? Number.NaN)));
  });
  const worst = Math.max(...gaps);
  return {
    title,
    text: [
      "L2 with the networks' inputs detached is no score divergence but KL with the weight 2/σ² times " +
        "its own: with w = σ² that is kl@score, whose curve it must have. Largest difference in KL " +
        `between the two over ${gaps.length} generators: ${worst.toPrecision(2)}.`,
    ],
  };
}
