export { AdamW, type AdamWOptions, type Moments } from "./adamw.js";
export { type Clip, clipByGlobalNorm } from "./clip.js";
export { Ema } from "./ema.js";
export { Learner, type LearnerOptions } from "./learner.js";
export { warmupConstant, warmupCosine } from "./schedule.js";
export type { Slot } from "./slot.js";
export type { SavedTensors, Trainer } from "./trainer.js";
