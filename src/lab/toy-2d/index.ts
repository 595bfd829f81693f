/**
 * toy-2d: mixtures in the plane with analytic teachers, generators and assistants that are learned.
 * Which divergence, with which weighting, keeps how much diversity at equal reward.
 */
import type { Experiment } from "../experiment.js";
import { FIELDS, FULL, QUICK, type Toy2dConfig } from "./config.js";
import { jobs, rows, total } from "./plan.js";
import { report } from "./report.js";

export const toy2d: Experiment<Toy2dConfig> = {
  name: "toy-2d",
  what: "mixtures in the plane, analytic teacher, learned generator and assistant: arms at equal reward",
  networks: true,
  takes: {
    quick: "about a minute",
    full: "about seven minutes through lavapipe, 25 through SwiftShader",
  },
  presets: { quick: QUICK, full: FULL },
  fields: FIELDS,
  jobs,
  total,
  report,
  rows,
  view: {
    x: "reward",
    y: ["effectiveModes", "recall", "kl", "quality"],
    by: "arm",
    facet: "rewardName",
  },
};
