export { entropy, expectation, kl, recall } from "./density.js";
export {
  coverage,
  effectiveModes,
  type Mode,
  modeWeights,
  nearestMode,
  offManifold,
} from "./modes.js";
