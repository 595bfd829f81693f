/** Divergences: one formula a file, their weightings, and the reference's options. */
export { cleanKl } from "./clean-kl.js";
export {
  type ChoiceOption,
  type DivergenceAbout,
  type DivergenceFamily,
  type DivergenceOption,
  type DivergenceOptions,
  defineDivergence,
  expected as expectedOption,
  type NumberOption,
  type OptionValue,
  type RegisteredDivergence,
  type ValuesOf,
} from "./define.js";
export { detached, detachedL2 } from "./detached.js";
export {
  type Divergence,
  type DivergenceInput,
  type DivergenceLoss,
  dot,
  type Exact,
  type Field,
  type Units,
} from "./divergence.js";
export { dmd } from "./dmd.js";
export { fDistill } from "./f-distill.js";
export { fisher } from "./fisher.js";
export { type Guidance, guidanceTerm, guidedField } from "./guidance.js";
export { kl } from "./kl.js";
export { l2 } from "./l2.js";
export { normaliser } from "./normaliser.js";
export {
  type Objective,
  type ObjectiveInput,
  type ObjectiveWeights,
  objectiveLoss,
  objectiveWeights,
} from "./objective.js";
export { power } from "./power.js";
export { pseudoHuber } from "./pseudo-huber.js";
export { createDivergence, divergenceNamed, divergences } from "./registry.js";
export { type ScoreDivergence, scoreDivergence, withMovingDensity } from "./score-divergence.js";
export { sid } from "./sid.js";
export { type Tilt, tilted } from "./tilted.js";
export { type Weighting, weightFor, weightingNamed, weightings } from "./weightings.js";
