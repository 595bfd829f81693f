/** Tables of whole curves: areas between the claim's sides, and the gold of a learned reward. */
import type { Results } from "../experiment.js";
import type { Section } from "../report/report.js";
import { atReward, type CurvePoint } from "../statistics/index.js";
import { AREA_MEASURES, type Areas } from "./areas.js";
import { armsNamed } from "./arm.js";
import { interval, number } from "./cells.js";
import { seedsOf } from "./claim.js";
import type { Toy2dConfig } from "./config.js";
import { boundOf, curveOf, trialOf } from "./plan.js";
import { REWARDS, type RewardName } from "./rewards.js";

export function areasSection(areas: readonly Areas[]): Section {
  return {
    title: "The claim by areas",
    text: [
      "The same sides over the whole range: mean difference at equal reward, pseudo-Huber minus " +
        "integral KL, from the first to the last level that every seed of both reaches, with the " +
        "95 % interval of the paired bootstrap. It does not enter the verdict.",
    ],
    table: {
      head: ["reward", "from, to", "n_eff", "recall", "high quality", "KL"],
      rows: areas.map(({ reward, range, measures }) => [
        reward,
        range ? range.join(", ") : "–",
        ...AREA_MEASURES.map((measure) => interval(measures[measure])),
      ]),
    },
  };
}

/** Proxy and gold; nothing for a reward that is its own gold. */
export function goldSection(config: Toy2dConfig, results: Results, reward: RewardName): Section[] {
  const { levels, gold } = REWARDS[reward];
  if (!gold) return [];
  const at = (curve: readonly CurvePoint[], level: number): number | undefined =>
    atReward(curve, level)?.values.gold;
  const rows = armsNamed(config.arms).map((arm) => {
    const trial = trialOf(results, reward, arm);
    const cells = levels.map((level) => {
      const found = seedsOf(config).map((seed) => at(curveOf(trial, seed), level) ?? Number.NaN);
      return number(found.reduce((a, b) => a + b, 0) / found.length);
    });
    return [arm.id, ...cells];
  });
  const bound = ["bound", ...levels.map((level) => number(at(boundOf(results, reward), level)))];
  return [
    {
      title: `${reward}: gold at equal reward`,
      text: [
        "What the learned reward was learned from: the hidden utility u*, which training never sees, in " +
          "standard deviations of the reference. Less gold than reward: the reward was fooled (reward " +
          "hacking). The bound shows what the reward's own errors cost without any training. Means " +
          "over the seeds; – where some seed's curve does not reach the reward.",
      ],
      table: { head: ["arm", ...levels.map((level) => `E[r] = ${level}`)], rows: [bound, ...rows] },
    },
  ];
}
