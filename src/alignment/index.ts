/** Distillation to one step, and alignment: the two losses and the trainer that alternates them. */
export { type AssistantDraw, assistantGradients } from "./assistant-loss.js";
export {
  type GeneratorDraw,
  type GeneratorLossOptions,
  type GeneratorNetworks,
  type GeneratorReport,
  generatorLoss,
  lossWeights,
  type Reward,
} from "./generator-loss.js";
export { type AlignmentOptions, AlignmentTrainer } from "./trainer.js";
