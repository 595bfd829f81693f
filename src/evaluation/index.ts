export {
  type CheckerAccuracy,
  checkerAccuracy,
  type Prediction,
  type ReportAccuracy,
  reportAccuracy,
} from "./accuracy.js";
export {
  type ColourFigures,
  type ColourStatistics,
  colourDrift,
  colourFigures,
  colourStatistics,
} from "./colour.js";
export {
  type Diversity,
  promptDiversity,
  rmsDistance,
  symmetricEigenvalues,
  VENDI_BANDWIDTH,
  vendiScore,
} from "./diversity.js";
export {
  type EvaluatedSet,
  type EvaluationRow,
  evaluateSet,
  type SplitResult,
} from "./evaluation-row.js";
export { type FactorDiversity, type Factors, factorDiversity, factorsOf } from "./factors.js";
export { distanceToNearest, type Nearest } from "./nearest.js";
export { type EvaluationPlan, type EvaluationSplit, evaluationScenes } from "./plan.js";
export {
  type Features,
  type Neighbourhoods,
  precisionRecall,
} from "./precision-recall.js";
export { renderResults } from "./results-table.js";
export { featuresOf, predictionsOf, rewardsOf } from "./scoring.js";
export { type WinRate, wilson, winRate } from "./win-rate.js";
