export { detached } from "./detached.js";
export { type Divergence, type DivergenceInput, dot, type Field } from "./divergence.js";
export { kl } from "./kl.js";
export { l2 } from "./l2.js";
export { pseudoHuber } from "./pseudo-huber.js";
export { type DivergenceOptions, divergences } from "./registry.js";
export { type ScoreDivergence, scoreDivergence } from "./score-divergence.js";
export { sid } from "./sid.js";
