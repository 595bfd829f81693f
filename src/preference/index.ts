export { AUGMENTATION, type Augmentation, augment, type Pictures } from "./augment.js";
export {
  type ContrastBatch,
  contrastBatch,
  contrastPair,
  contrastScenes,
  falseNegativeMask,
  isTrueOf,
} from "./contrast-batch.js";
export {
  REPORT_TRAINING,
  ReportScorerTrainer,
  type ReportScorerTrainerOptions,
} from "./report-scorer-trainer.js";
export {
  infoNce,
  REWARD_TRAINING,
  RewardTrainer,
  type RewardTrainerOptions,
  type ScorerTraining,
} from "./reward-trainer.js";
