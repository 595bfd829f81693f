/** The report of emoji-32: verdict, hacking, what was kept at equal proxy, lengths, method. */
import type { Results } from "../experiment.js";
import type { Report, Section } from "../report/report.js";
import { strengthsOf } from "./arms.js";
import { type Claim, judge } from "./claim.js";
import { chooseSides, LEVELS, MIDDLE, type Sides } from "./compare.js";
import { type Emoji32Config, FULL } from "./config.js";
import { hackingFigures, paretoFigures, pictureFigures, trainingFigures } from "./figures.js";
import { PROXIES, PROXY_NAMES, TEMPERATURE } from "./pairs.js";
import { proxiesOf, rowsOf } from "./results.js";
import {
  ablationTable,
  claimTable,
  driftTable,
  equalStepsTable,
  keptTable,
  lengthTable,
  proxyTable,
  sidesTable,
  winTable,
} from "./tables.js";

export function report(config: Emoji32Config, results: Results): Report {
  const sides = chooseSides(config, results);
  const claim = sides && config.seeds > 1 ? judge(config, results, sides) : undefined;
  const judged = claim && sides ? claimSections(config, results, { claim, sides }) : [];
  return {
    title: "emoji-32: divergences at equal proxy, with the real generator",
    lead: lead(config, { claim, sides }),
    sections: [
      wordsSection(config),
      hackingSection(config, results),
      { title: "What is kept", figures: paretoFigures(config, results) },
      ...judged,
      { title: "Pictures at equal proxy", figures: pictureFigures(config, results) },
      ...equalSections(config, results),
      lengthSection(config, results),
      methodSection(config),
    ],
    data: JSON.parse(
      JSON.stringify({
        claim: claim ?? null,
        sides: sides ? { challenger: sides.challenger.id, defender: sides.defender.id } : null,
        rows: rowsOf(config, results),
        proxies: proxyNumbers(results),
      }),
    ),
  };
}

/** Without the weights. */
function proxyNumbers(results: Results): unknown {
  const proxies = proxiesOf(results);
  return PROXY_NAMES.map((name) => ({ name, ...proxies?.[name], weights: undefined }));
}

interface Judged {
  readonly claim: Claim;
  readonly sides: Sides;
}

function lead(
  config: Emoji32Config,
  { claim, sides }: { claim: Claim | undefined; sides: Sides | undefined },
): string[] {
  const small = config.steps < FULL.steps || config.prompts < FULL.prompts;
  const size =
    `Training is short (${config.steps} steps of ${config.batch} pictures) and seeds are few ` +
    `(${config.seeds}), so that a paired bootstrap's intervals are too narrow: read the numbers as ` +
    `a ${small ? "trial of the method" : "small experiment"}, not as a finding. All preferences ` +
    "are **simulated**: no person was asked.";
  if (!claim || !sides) {
    return ["The claim was not judged: that takes two seeds besides the first (--seeds).", size];
  }
  const each = claim.rewards.map(({ reward, verdict }) => `${reward} **${verdict}**`).join(", ");
  return [
    "Does a score-based divergence keep more diversity than integral KL at equal proxy and equal " +
      `length of training? By the rule fixed beforehand, for ${sides.challenger.id} against ` +
      `${sides.defender.id} on ${config.seeds} seeds: **${claim.verdict}**. By proxy: ${each}.`,
    size,
  ];
}

function wordsSection({ samples }: Emoji32Config): Section {
  return {
    title: "Words",
    text: [
      "The repository's one-step generator is pulled by a proxy reward and held by a divergence to " +
        "its teacher. The proxy was learned from noisy comparisons of a utility u* that is exact " +
        "and hidden from training, so that what the proxy gains can be held against what u* gains.",
    ],
    table: {
      head: ["word", "meaning"],
      rows: [
        ["arm", "a divergence and its weighting, by their registered names"],
        ["u*", "hidden utility, 0 to 1: caption fulfilled, clean, colour neither pale nor glaring"],
        ...PROXY_NAMES.map((name) => [`proxy “${name}”`, `${PROXIES[name].what}; simulated`]),
        [
          "proxy's unit",
          "standard deviations over the start generator's pictures; the start has 0",
        ],
        ["strength", "α_rew in units of the arm's own force: the same of each divergence"],
        ["n_eff", `Vendi: effective number of different pictures among ${samples} of a prompt`],
        ["recall", "share of the start's pictures that the arm's reach (k = 3), in features"],
        ["high quality", "share of pictures in which all that the caption says is right"],
        ["factors", "effective number of combinations of subject, style, background, place, count"],
        ["factor coverage", "share of the start's combinations that are there too"],
        ["shift", "RMS distance to the start's picture of the same prompt and z"],
        ["drift", "distance of the mean from the start's, in standard deviations of pictures"],
      ],
    },
  };
}

function hackingSection(config: Emoji32Config, results: Results): Section {
  return {
    title: "Proxy and hidden utility",
    text: [
      "The proxies, and how well they know pairs that they did not learn from. The second rater " +
        "likes saturation beside u*, so its proxy is wrong on purpose.",
    ],
    table: proxyTable(results),
    figures: [...hackingFigures(config, results), ...trainingFigures(config, results)],
  };
}

function claimSections(
  config: Emoji32Config,
  results: Results,
  { claim, sides }: Judged,
): Section[] {
  return [
    claimSection(config, { claim, sides }),
    {
      title: "Length of training",
      text: [
        "The same question at each length: reward and length are both equal in every row. Means " +
          "are over the levels that both sides reach on every seed.",
      ],
      table: ablationTable(config, results, sides),
    },
    {
      title: "What equal steps would have said",
      text: [
        "Both sides at the same strength after the same steps, whatever their proxies: the " +
          "comparison that confounds reward and length. Differences, mean over the seeds.",
      ],
      table: equalStepsTable(config, results, sides),
    },
    {
      title: "How the weightings were chosen",
      text: [
        "On the first seed, which the claim is not judged on: the mean over proxies and levels of " +
          "n_eff, recall and high quality, each divided by the start's; 0 where not reached.",
      ],
      table: sidesTable(config, results, sides),
    },
  ];
}

function claimSection({ steps }: Emoji32Config, { claim, sides }: Judged): Section {
  return {
    title: "The claim",
    text: [
      `Differences, ${sides.challenger.id} minus ${sides.defender.id}, at equal proxy after ` +
        `${steps} steps: mean over the seeds, with the 95 % interval of a paired bootstrap. A ` +
        "level is **won** when n_eff and recall are both higher, by interval and by Holm's " +
        "correction, and the share of high quality is not lower by more than 0.02; **lost** when " +
        "both are lower. Three of five levels make a proxy verified or refuted, both proxies the " +
        "claim.",
    ],
    table: claimTable(claim),
  };
}

function equalSections(config: Emoji32Config, results: Results): Section[] {
  const where = `First seed, after ${config.steps} steps, interpolated to a proxy of ${MIDDLE} between two strengths; gap is how far their proxies lie apart.`;
  return [
    { title: "Measures at equal proxy", text: [where], table: keptTable(config, results) },
    { title: "Drift of colours at equal proxy", text: [where], table: driftTable(config, results) },
    {
      title: "Win rates against the start generator",
      text: [
        "Same prompts, other z; ties are half a win; Wilson's 95 % interval, which takes pairs as " +
          "independent. The report scorer counts what it reads right of subject, background and " +
          "style. Not at equal proxy: the last checkpoint of each trial, all its seeds together.",
      ],
      table: winTable(config, results),
    },
  ];
}

function lengthSection(config: Emoji32Config, results: Results): Section {
  return {
    title: "Steps to each level",
    text: ["First seed; interpolated between checkpoints; – where the level is not reached."],
    table: lengthTable(config, results),
  };
}

function methodSection(config: Emoji32Config): Section {
  const { captions, proxy_steps, prompts, samples, warmup, K_TA, lr, alpha_cfg, seed } = config;
  return {
    title: "How it was computed",
    text: [
      `**Simulated preferences.** ${captions} captions, four pictures of the start generator each, ` +
        "varied in saturation, noise and faithfulness; all six pairs of a caption, labelled with " +
        `probability σ(Δu / ${TEMPERATURE}). A proxy is w times the shipped text-image scorer plus ` +
        `a small convolutional network of the picture, ${proxy_steps} steps of the Bradley-Terry ` +
        "loss. One pair of proxies serves all seeds: their own chance is not in the intervals.",
      `**Training.** The repository's two-phase trainer: ${warmup} assistant steps first, then K_TA = ` +
        `${K_TA}, learning rate ${lr}, guidance in with α_cfg = ${alpha_cfg}, σ log-uniform from ` +
        `0.15 to 5. Strengths: 0, ${strengthsOf(config).join(", ")}. Arms of a seed share prompts, ` +
        "z and noise.",
      `**Measuring.** ${prompts} prompts, ${samples} pictures each, as they are shown; levels ` +
        `${LEVELS.join(", ")} of the proxy. n_eff is the Vendi score within a prompt (pixels, h = ` +
        "0.3), recall that of the start's pictures in the report scorer's features, high quality " +
        `the exact checkers' share. Seed ${seed}.`,
      "**Limits.** A tiny generator of tiny pictures; one pair of proxies; assistants that follow " +
        "for a few steps; a reference set of the same size as the sets that are measured. n_eff is " +
        "of pixels, and counts noise as a difference: where a reward puts texture into pictures, " +
        "n_eff rises while they leave the reach of the start's, which is why the rule asks for " +
        "recall beside it.",
    ],
  };
}
