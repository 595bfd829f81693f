/** One supervised step: a loss, its gradients, the optimiser. */
import type { LossWithAux } from "../autograd/grad.js";
import { stopGradient } from "../autograd/grad.js";
import type { Device } from "../device/types.js";
import { type Module, valueAndGradOf } from "../nn/index.js";
import { isGreater, mul } from "../ops/binary.js";
import { max } from "../ops/max.js";
import { mean } from "../ops/mean.js";
import { sum } from "../ops/sum.js";
import type { Learner } from "../optim/index.js";
import { tensor } from "../tensor/create.js";
import type { Tensor } from "../tensor/tensor.js";

/** Single values to report, by name. */
export type Report = Readonly<Record<string, Tensor>>;

export function learnStep(
  device: Device,
  module: Module,
  learner: Learner,
  loss: () => LossWithAux<Report>,
): Report {
  using scope = device.scope();
  const { value, grads, aux } = valueAndGradOf(module.parameters(), loss);
  const report = { loss: value, norm: learner.update(grads), ...aux };
  for (const x of Object.values(report)) scope.keep(x);
  return report;
}

/** logits [N, K] and the right class of each row → the share of rows whose largest logit it is. */
export function accuracy(logits: Tensor, targets: ArrayLike<number>): Tensor {
  const x = stopGradient(logits);
  const [n, k] = [x.dim(0), x.dim(1)];
  const chosen = new Float32Array(n * k);
  for (let i = 0; i < n; i++) chosen[i * k + (targets[i] ?? 0)] = 1;
  const right = sum(mul(x, tensor(x.device, chosen, [n, k])), { axes: -1 });
  // Nothing exceeds the maximum: isGreater is ½ where the right class has it, and 0 elsewhere.
  return mul(mean(isGreater(right, max(x, { axes: -1 }))), 2);
}
