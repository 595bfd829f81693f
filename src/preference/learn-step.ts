/** One supervised step, captured: a loss, its gradients, the optimiser. */
import type { LossWithAux } from "../autograd/grad.js";
import { stopGradient } from "../autograd/grad.js";
import type { Device } from "../device/types.js";
import { valueAndGradOf } from "../nn/index.js";
import { isGreater, mul } from "../ops/binary.js";
import { max } from "../ops/max.js";
import { mean } from "../ops/mean.js";
import { oneHot } from "../ops/one-hot.js";
import { sum } from "../ops/sum.js";
import type { Learner } from "../optim/index.js";
import {
  type CapturedStep,
  type CaptureOptions,
  capture,
  type StepInputs,
  type StepTensors,
} from "../tensor/capture.js";
import type { Tensor } from "../tensor/tensor.js";

/** Single values to report, by name. */
export type Report = Readonly<Record<string, Tensor>>;

/** A step of `learner` on a loss of the step's inputs; `takeStep` runs it. */
export function learnStep<const K extends string>(
  device: Device,
  learner: Learner,
  loss: (inputs: StepTensors<K>) => LossWithAux<Report>,
  options: CaptureOptions,
): CapturedStep<K, Report> {
  const step = (inputs: StepTensors<K>): Report => {
    const { value, grads, aux } = valueAndGradOf(learner.parameters, () => loss(inputs));
    return { loss: value, norm: learner.apply(grads), ...aux };
  };
  return capture(device, step, options);
}

/** One step. The report is valid until the next. */
export function takeStep<K extends string>(
  step: CapturedStep<K, Report>,
  learner: Learner,
  inputs: StepInputs<K>,
): Report {
  learner.advance();
  const report = Object.entries(step.run(inputs));
  return Object.fromEntries(report.map(([name, x]) => [name, x.alias({})]));
}

/** logits [N, K], the right class of each row u32 [N] → the share of rows that it is largest in. */
export function accuracy(logits: Tensor, targets: Tensor): Tensor {
  const x = stopGradient(logits);
  const right = sum(mul(x, oneHot(targets, x.dim(1))), { axes: -1 });
  // Nothing exceeds the maximum: isGreater is ½ where the right class has it, and 0 elsewhere.
  return mul(mean(isGreater(right, max(x, { axes: -1 }))), 2);
}
