export { type Interval, PairedBootstrap, quantile } from "./bootstrap.js";
export { type AtReward, areaBetween, atReward, type CurvePoint } from "./equal-reward.js";
export { holm } from "./holm.js";
