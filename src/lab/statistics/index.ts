export { type Interval, PairedBootstrap, quantile } from "./bootstrap.js";
export { areaBetween, atReward, type CurvePoint } from "./equal-reward.js";
export { holm } from "./holm.js";
