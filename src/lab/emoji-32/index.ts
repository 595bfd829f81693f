/**
 * emoji-32: the repository's one-step generator, aligned by its own trainer with proxies of a hidden
 * utility. What do divergences and weightings keep, and what do the proxies gain that the utility
 * does not, at equal proxy and equal length of training?
 */
import type { Experiment } from "../experiment.js";
import { type Emoji32Config, FIELDS, FULL, QUICK } from "./config.js";
import { jobs, total } from "./plan.js";
import { report } from "./report.js";
import { rowsOf } from "./results.js";

export const emoji32: Experiment<Emoji32Config> = {
  name: "emoji-32",
  what: "the real generator, proxies of a hidden utility: reward hacking and diversity",
  networks: true,
  takes: { quick: "about five minutes", full: "about an hour" },
  presets: { quick: QUICK, full: FULL },
  fields: FIELDS,
  jobs,
  total,
  report,
  rows: (config, id, result) => rowsOf(config, new Map([[id, result]])),
  view: { x: "shift", y: ["gold", "vendi", "recall", "quality"], by: "arm", facet: "proxy" },
};
