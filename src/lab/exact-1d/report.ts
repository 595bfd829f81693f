/** The report of exact-1d: the verdict, the table beside the published one, curves, densities. */
import type { Results } from "../experiment.js";
import type { Report, Section } from "../report/report.js";
import type { Interval } from "../statistics/index.js";
import type { LevelVerdict, RewardVerdict } from "../verdict.js";
import { type Claim, judge } from "./claim.js";
import { type Comparison, cliffs, compare, number, type Reading, readings } from "./compare.js";
import { type Exact1dConfig, FULL } from "./config.js";
import { densityFigures, paretoFigures } from "./figures.js";
import { armsOf, chooseSides, type Sides, scoreOf } from "./plan.js";
import type { Cell } from "./published.js";
import { REWARDS, type RewardName } from "./rewards.js";

export function report(config: Exact1dConfig, results: Results): Report {
  const rows = compare(config, results);
  const sides = chooseSides(config, results);
  const claim = sides ? judge(config, results, sides) : undefined;
  const said = readings(rows);
  return {
    title: "exact-1d: divergences at equal reward, with exact scores",
    lead: lead(config, rows, claim, sides),
    sections: [
      wordsSection(),
      { title: "Pareto curves", figures: paretoFigures(config, results) },
      ...(claim && sides ? [claimSection(claim), sidesSection(config, results, sides)] : []),
      readingSection(said, cliffs(config, results)),
      tableSection(rows),
      { title: "Densities at equal reward", figures: densityFigures(config, results) },
      methodSection(config),
    ],
    data: JSON.parse(JSON.stringify({ claim: claim ?? null, table: rows, readings: said })),
  };
}

function lead(
  config: Exact1dConfig,
  rows: readonly Comparison[],
  claim: Claim | undefined,
  sides: Sides | undefined,
): string[] {
  const compared = rows.filter(({ differs }) => differs !== undefined);
  const same = compared.filter(({ differs = [] }) => differs.length === 0).length;
  const numbers = compared.reduce((sum, { differs = [] }) => sum + 3 - differs.length, 0);
  const table =
    `Of ${compared.length} cells of the published table, ${same} agree in all three numbers; of ` +
    `their ${3 * compared.length} numbers ${numbers} agree (to 0.05 or 5 %).`;
  const rough =
    config.iterations < FULL.iterations || config.levels < FULL.levels
      ? ["A quick run: fewer iterations and noise levels than the full one, so **rough numbers**."]
      : [];
  if (!claim || !sides) return [table, ...rough];
  const each = claim.rewards.map(({ reward, verdict }) => `${reward} **${verdict}**`).join(", ");
  return [
    `Does a score-based divergence keep more diversity than integral KL at equal reward? By the ` +
      `rule fixed beforehand, for ${sides.challenger.id} against ${sides.defender.id} on ` +
      `${config.instances} problems: **${claim.verdict}**. By reward: ${each}.`,
    table,
    ...rough,
  ];
}

/** What a stranger needs to read the rest. */
function wordsSection(): Section {
  const rewards = Object.entries(REWARDS).map(([name, { what }]) => [name, `reward: ${what}`]);
  return {
    title: "Words",
    text: [
      "A density p on a line is pulled by a reward and held by a divergence to its reference q, a " +
        "mixture of four narrow modes. Stronger reward, less diversity: each arm, a divergence " +
        "with a weight w(σ) of noise levels, draws a curve. Scales differ, so arms are compared " +
        "where their rewards are equal.",
    ],
    table: {
      head: ["word", "meaning"],
      rows: [
        ["IKL", "integral KL: KL of diffused densities (Diff-Instruct, DI++)"],
        ["SIM-L2", "squared difference of scores, sampling density frozen (SIM, DI* with L2)"],
        ["PH c", "pseudo-Huber difference of scores (DI*); x₀: c on x₀-predictions, the default"],
        ["Fisher-full", "squared difference of scores, sampling density moving; SiD with α = ½"],
        ["SiD α", "between them: α = 1 is SIM-L2, α = ½ is Fisher-full"],
        ["clean KL optimum", "p ∝ q exp(α r): no density of this reward has a smaller KL to q"],
        ...rewards,
        ["n_eff", "exp of the entropy of the modes' masses; q has 4"],
        ["recall", "mass of q where p is at least a tenth of it"],
        ["high quality", "mass of p within three widths of a mode; the rest is off the manifold"],
      ],
    },
  };
}

function claimSection(claim: Claim): Section {
  const rows = claim.rewards.flatMap((one) =>
    one.levels.map((level, i) => claimRow(one, level, i === 0)),
  );
  const areas = Object.entries(claim.areas)
    .map(([reward, area]) => `${reward} ${signed(area)}`)
    .join(", ");
  return {
    title: "The claim",
    text: [
      "Differences, pseudo-Huber minus integral KL, at equal reward: mean over the problems, with " +
        "the 95 % interval of a paired bootstrap. A level is **won** when n_eff and recall are " +
        "both higher, by interval and by Holm's correction, and the fraction of high quality is " +
        "not lower by more than 0.02; **lost** when both are lower. Three of five levels make a " +
        "reward verified or refuted, three of five rewards the claim.",
      `Mean difference of n_eff between the whole curves: ${areas || "–"}.`,
    ],
    table: {
      head: ["reward", "verdict", "level", "n_eff", "recall", "high quality", "outcome"],
      rows,
    },
  };
}

function claimRow({ reward, verdict }: RewardVerdict, one: LevelVerdict, first: boolean): string[] {
  return [
    first ? `${reward} ${REWARDS[reward as RewardName].what}` : "",
    first ? `**${verdict}**` : "",
    String(one.level),
    interval(one.effectiveModes),
    interval(one.recall),
    one.quality === undefined ? "–" : signed(one.quality),
    one.outcome,
  ];
}

function interval(one: Interval | undefined): string {
  return one ? `${signed(one.mean)} [${signed(one.low)}, ${signed(one.high)}]` : "–";
}

function signed(value: number): string {
  const text = Math.abs(value).toFixed(3);
  if (Number(text) === 0) return text;
  return value < 0 ? `−${text}` : `+${text}`;
}

function sidesSection(config: Exact1dConfig, results: Results, sides: Sides): Section {
  const { challengers, defenders } = armsOf(config);
  const chosen = [sides.challenger.id, sides.defender.id];
  return {
    title: "How the weights were chosen",
    text: [
      "Both sides choose from the same weights, on the published problem, which the claim is not " +
        "judged on: the highest mean of n_eff / n_eff(q), recall and the fraction of high quality, " +
        "over five rewards at five levels each.",
    ],
    table: {
      head: ["arm", "mean", ""],
      rows: [...challengers, ...defenders].map((arm) => [
        arm.id,
        scoreOf(arm, results).toFixed(4),
        chosen.includes(arm.id) ? "chosen" : "",
      ]),
    },
  };
}

function readingSection(said: readonly Reading[], jumps: readonly string[]): Section {
  const verdict = (holds: boolean | undefined): string =>
    holds === undefined ? "not measured" : holds ? "holds" : "does not hold";
  return {
    title: "What the published table was read to say",
    text:
      jumps.length === 0
        ? ["No arm's reward jumps by 0.25 or more from one α to the next."]
        : [
            "Cliffs, where the reward jumps by 0.25 or more from one α to the next, so that numbers " +
              `in between are interpolated over nothing: ${jumps.join("; ")}.`,
          ],
    table: {
      head: ["reading", "here", "evidence"],
      rows: said.map(({ claim, holds, evidence }) => [claim, verdict(holds), evidence]),
    },
  };
}

function tableSection(rows: readonly Comparison[]): Section {
  return {
    title: "The table, beside the published one",
    text: [
      "At equal reward, ours first, the published number in brackets. The residual says how far " +
        "from a fixed point the iterations ended (0 is there); gap is the distance in reward of " +
        "the two neighbours between which the row is interpolated.",
    ],
    table: {
      head: ["arm", "reward", "n_eff", "entropy", "KL", "off manifold", "residual", "gap", ""],
      rows: rows.map(tableRow),
    },
  };
}

const LABELS: Readonly<Record<keyof Cell, string>> = {
  effectiveModes: "n_eff",
  entropy: "entropy",
  kl: "KL",
};

function tableRow({ arm, reward, level, ours, published, gap, differs }: Comparison): string[] {
  const cell = (name: keyof Cell, digits: number): string => {
    const theirs = published ? ` (${number(published[name], digits)})` : "";
    return `${ours ? number(ours[name], digits) : "not reached"}${theirs}`;
  };
  const names = differs?.map((name) => LABELS[name]).join(", ");
  return [
    arm,
    `${reward} at ${level}`,
    cell("effectiveModes", 2),
    cell("entropy", 3),
    cell("kl", 3),
    ours ? ours.offManifold.toFixed(3) : "–",
    ours ? residualText(ours.residual) : "–",
    gap === undefined ? "–" : gap.toFixed(3),
    names === undefined ? "" : names === "" ? "agrees" : `differs: ${names}`,
  ];
}

function residualText(residual: number): string {
  return residual < 5e-5 ? "0" : residual.toFixed(4);
}

function methodSection({ levels, iterations, seed }: Exact1dConfig): Section {
  return {
    title: "How it was computed",
    text: [
      `A density on 321 points of [−10, 10] with four modes; ${levels} noise levels from 0.15 to 8, ` +
        "evenly spaced in ln σ; scores of the diffused densities exact to 1e-7. The gradient " +
        "of reward minus divergence goes to the logits of the density; score divergences keep " +
        `their sampling density frozen, as the method does. Adam takes ${iterations} iterations ` +
        "for each α, starting from the α before. Nothing is learned, so that the assistant's lag, " +
        "finite capacity and everything of high dimension are absent: a hypothesis on what the " +
        "divergences themselves do.",
      `Seed ${seed}. Problems 1 and up move the modes by up to 0.3 and change widths and weights.`,
    ],
  };
}
