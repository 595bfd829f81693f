/** What a stranger needs to read the report, and what it was made with. */
import type { Section } from "../report/report.js";
import type { Toy2dConfig } from "./config.js";
import { problemNamed } from "./problem.js";
import { REWARDS } from "./rewards.js";

export function wordsSection(): Section {
  const rewards = Object.entries(REWARDS).map(([name, { what }]) => [name, `reward: ${what}`]);
  return {
    title: "Words",
    text: [
      "A generator g(z) in the plane is pulled by a reward and held by a divergence to its reference, " +
        "a mixture of narrow modes whose score is known at every noise level. Its own score comes " +
        "from an assistant network that learns along. Stronger reward, less diversity: each arm, a " +
        "divergence with a weighting of noise levels, draws a curve. Scales of α differ, so arms are " +
        "compared where their rewards are equal.",
    ],
    table: {
      head: ["word", "meaning"],
      rows: [
        ["name:option=value@weighting", "an arm: a registered divergence, see docs/divergences.md"],
        ["+oracle", "its assistant is the exact score of fresh samples, and no network"],
        ["kl", "integral KL (Diff-Instruct; with a reward DI++)"],
        [
          "pseudo-huber",
          "difference of scores with bounded pull (SIM, DI*); c=0.004 is the default",
        ],
        ["l2, sid, fisher", "squared difference of scores; its gradient in part or in full"],
        ["detached-l2", "NEGATIVE CONTROL, a mistake that turns l2 into kl: must be kl@score here"],
        [
          "bound",
          "p ∝ p_ref exp(α r): no density of this reward has a smaller KL to the reference",
        ],
        ...rewards,
        ["n_eff", "exp of the entropy of the modes' masses"],
        ["coverage", "part of the modes that hold at least a tenth of their share"],
        ["recall", "mass of the reference where the generator has at least a tenth of its density"],
        ["high quality", "samples within three widths of a mode; the rest is off the manifold"],
        ["entropy, KL", "of densities on a grid, both smoothed by half a mode's width"],
      ],
    },
  };
}

export function methodSection(config: Toy2dConfig): Section {
  const { range, width } = problemNamed(config.problem);
  const { alphas, seeds, steps, batch, hidden, layers, ta_steps, lr, samples } = config;
  return {
    title: "How it was done",
    text: [
      `Generators and assistants have ${layers} hidden layers of ${hidden}. All ${alphas} α and ` +
        `${seeds} seeds of an arm train in one recorded step, ${steps} times, with ${batch} samples ` +
        `each and K_TA = ${ta_steps}; generators' learning rate ${lr}. Noise levels from ` +
        `${range.sigma_min.toFixed(3)} to ${range.sigma_max.toFixed(1)}, modes' width ${width}. ` +
        `Measured on ${samples} samples of each generator's averaged weights.`,
      "Every arm has the same number of steps, and none is run to its fixed point: an arm that moves " +
        "slowly is further from its own optimum. α is in units in which every arm pulls back as the " +
        "KL of clean samples does when all samples are shifted by half a width; that sets the range " +
        "of α and changes no curve.",
      "Entropy and KL are of smoothed densities from finitely many samples: exact samples of the " +
        "reference would not have a KL of 0 (the start's table has their value).",
    ],
  };
}
