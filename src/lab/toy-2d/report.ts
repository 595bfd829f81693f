/** The report of toy-2d: the verdict, Pareto curves, arms at equal reward, pictures of the plane. */
import type { Results } from "../experiment.js";
import type { Json } from "../json.js";
import type { Report, Section } from "../report/report.js";
import { type Areas, areasOf } from "./areas.js";
import { type Claim, judge } from "./claim.js";
import { type Comparison, compareAt } from "./compare.js";
import { FULL, rewardsOf, type Toy2dConfig } from "./config.js";
import { arrowsFigure, cloudsFigure, middleLevel, movingFigure, paretoFigures } from "./figures.js";
import { problemNamed } from "./problem.js";
import { areasSection, goldSection } from "./report-curves.js";
import {
  claimSection,
  comparisonSection,
  controlSection,
  levelsSection,
  startSection,
} from "./report-tables.js";
import { methodSection, wordsSection } from "./report-words.js";
import type { RewardName } from "./rewards.js";

export function report(config: Toy2dConfig, results: Results): Report {
  const rewards = rewardsOf(config);
  const claim = judge(config, results);
  const areas = claim ? areasOf(config, results, claim) : [];
  const found = rewards.map((reward) => {
    const place = { reward, level: middleLevel(reward) };
    return { ...place, comparison: compareAt(config, results, place) };
  });
  return {
    title: `toy-2d: divergences at equal reward, ${problemNamed(config.problem).what}`,
    lead: lead(config, claim),
    sections: [
      wordsSection(),
      startSection(config, results),
      ...(claim ? [claimSection(claim), areasSection(areas)] : []),
      ...found.flatMap(({ reward, comparison }) =>
        rewardSections(config, results, { reward, comparison }),
      ),
      controlSection(config, results),
      methodSection(config),
    ],
    data: dataOf(claim, areas, found),
  };
}

function rewardSections(
  config: Toy2dConfig,
  results: Results,
  { reward, comparison }: { reward: RewardName; comparison: Comparison },
): Section[] {
  return [
    { title: `${reward}: Pareto curves`, figures: paretoFigures(config, results, reward) },
    comparisonSection(config, reward, comparison),
    levelsSection(config, results, reward),
    ...goldSection(config, results, reward),
    {
      title: `${reward}: samples and fields`,
      figures: [
        movingFigure(config, results, reward),
        cloudsFigure(config, results, reward),
        arrowsFigure(config, results, reward),
      ],
    },
  ];
}

function lead(config: Toy2dConfig, claim: Claim | undefined): string[] {
  const rough =
    config.steps < FULL.steps || config.seeds < FULL.seeds
      ? ["A quick run: fewer steps or seeds than the default, so **rough numbers**."]
      : [];
  if (!claim) {
    return [
      "The run has no pseudo-Huber or no integral KL among its arms, or one seed alone: there is no " +
        "verdict, only the comparison.",
      ...rough,
    ];
  }
  const each = claim.rewards.map(({ reward, verdict }) => `${reward} **${verdict}**`).join(", ");
  const few =
    claim.rewards.length < 3
      ? " The claim as a whole asks for three of five rewards (option --rewards all)."
      : ` On the claim as a whole: **${claim.verdict}**.`;
  const seeds =
    config.seeds < 10
      ? [
          `${config.seeds} seeds are few: a bootstrap over them gives intervals that are too narrow. ` +
            "Ten or more are needed for a verdict to lean on (option --seeds 10).",
        ]
      : [];
  return [
    "Does a score-based divergence keep more diversity than integral KL at equal reward? By the rule " +
      `fixed beforehand, for pseudo-Huber against integral KL, each with its best weighting: ${each}.` +
      few,
    ...seeds,
    ...rough,
  ];
}

function dataOf(
  claim: Claim | undefined,
  areas: readonly Areas[],
  found: readonly { reward: RewardName; level: number; comparison: Comparison }[],
): Json {
  const sides = claim?.sides.map(({ challenger, defender }) => [challenger.id, defender.id]);
  const rewards = found.map(({ reward, level, comparison }) => ({
    reward,
    level,
    baseline: comparison.baseline.id,
    arms: comparison.rows.map(({ arm, ...row }) => ({ arm: arm.id, ...row })),
  }));
  return JSON.parse(
    JSON.stringify({ claim: claim ? { ...claim, sides } : null, areas, rewards }),
  ) as Json;
}
