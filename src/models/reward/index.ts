export {
  type AttributeLogits,
  ReportScorer,
  type ReportScorerConfig,
  reportConfig,
} from "./report-scorer.js";
export {
  rewardConfig,
  TextImageScorer,
  type TextImageScorerConfig,
} from "./text-image-scorer.js";
