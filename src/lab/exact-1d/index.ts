/**
 * exact-1d: exact scores on a grid, no networks. The Pareto curves of divergences and time
 * weightings at equal reward, against a table that was published with the method, and the verdict on
 * the claim that a score-based divergence keeps more diversity.
 */
import type { Experiment } from "../experiment.js";
import { type Exact1dConfig, FIELDS, FULL, QUICK } from "./config.js";
import { job, jobs, rows, total } from "./plan.js";
import { report } from "./report.js";

export const exact1d: Experiment<Exact1dConfig> = {
  name: "exact-1d",
  what: "exact scores on a line, no networks: divergences and weights at equal reward",
  takes: { quick: "under a minute", full: "about ten minutes" },
  presets: { quick: QUICK, full: FULL },
  fields: FIELDS,
  jobs,
  total,
  report,
  job,
  rows,
  view: {
    x: "reward",
    y: ["effectiveModes", "kl", "offManifold"],
    by: "arm",
    facet: "rewardName",
  },
};
