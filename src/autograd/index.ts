/** Derivatives, and the definition of ops. */
export { accumulate, broadcastTo, sumTo } from "./cotangent.js";
export {
  defineOp,
  type Inputs,
  type NoAttrs,
  type Op,
  type OpDefinition,
} from "./define-op.js";
export { grad, type LossWithAux, stopGradient, valueAndGrad, vjp } from "./grad.js";
export { type GradcheckOptions, type GradcheckReport, gradcheck } from "./gradcheck.js";
