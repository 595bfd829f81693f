/** Derivatives, and the definition of ops. */
export { checkFinite } from "./check-finite.js";
export { type CheckpointSlot, checkpoint } from "./checkpoint.js";
export { composedVjp } from "./composed.js";
export { accumulate, broadcastTo, sumTo } from "./cotangent.js";
export { type CustomSaved, type CustomVjp, customVjp } from "./custom-vjp.js";
export {
  defineOp,
  type Inputs,
  type NoAttrs,
  type Op,
  type OpDefinition,
} from "./define-op.js";
export { grad, type LossWithAux, stopGradient, valueAndGrad, vjp } from "./grad.js";
export { type GradcheckOptions, type GradcheckReport, gradcheck } from "./gradcheck.js";
export { hvp } from "./hvp.js";
export { jacobian } from "./jacobian.js";
export { jvp } from "./jvp.js";
export type { EachElement } from "./symbolic.js";
export { type GraphNode, type OpGraph, trace } from "./trace.js";
