/** Distillation to one step, and alignment: the two losses and the trainer that alternates them. */
export { type AssistantStep, assistantGradients } from "./assistant-loss.js";
export {
  type GeneratorDraw,
  type GeneratorLossOptions,
  type GeneratorNetworks,
  type GeneratorReport,
  generatorLoss,
  type Reward,
} from "./generator-loss.js";
export { type AlignmentOptions, AlignmentTrainer } from "./trainer.js";
