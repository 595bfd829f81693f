/**
 * One unit of α_rew for all arms. Shift the reference by δ: its score is then known too, and an arm
 * pulls back with the force
 *
 *     F = ⟨ mean ∂loss/∂x₀, δ / ‖δ‖ ⟩,      x₀ = x_ref + δ,   s_ψ(x) = s_ref(x − δ)
 *
 * The KL of clean samples pulls with ‖δ‖ / s² while modes are apart. The arm's loss is scaled to that,
 * so that α's range fits every arm. It changes no curve: those are compared at equal reward.
 */
import { grad } from "../../autograd/grad.js";
import type { Device } from "../../device/types.js";
import type { TimeDistribution } from "../../diffusion/time-distributions.js";
import { objectiveLoss, objectiveWeights } from "../../divergences/objective.js";
import { add, mul, sub } from "../../ops/binary.js";
import { randomNormal } from "../../ops/random.js";
import { reshape } from "../../ops/reshape.js";
import { sum } from "../../ops/sum.js";
import { exp, square } from "../../ops/unary.js";
import { tensor } from "../../tensor/create.js";
import type { Key } from "../../tensor/key.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { Arm } from "./arm.js";
import { timesOf, UNITS } from "./generator-step.js";
import { MixtureFields } from "./mixture.js";
import type { Problem } from "./problem.js";
import { drawPoint, stratifiedSigmas } from "./sampling.js";

const SAMPLES = 8192;
/** δ in units of s, and its direction: no axis of any problem. */
const SHIFT = 0.5;
const DIRECTION = [Math.cos(0.7), Math.sin(0.7)] as const;

export async function scaleOf(
  device: Device,
  { problem, arm, times, key }: { problem: Problem; arm: Arm; times: TimeDistribution; key: Key },
): Promise<number> {
  const size = SHIFT * problem.width;
  const shift = DIRECTION.map((d) => d * size);
  const points = Array.from({ length: SAMPLES }, (_, i) => drawPoint(problem, key.fold(i)));
  const sigmas = shuffled(stratifiedSigmas(key, SAMPLES, timesOf(arm, times)), key);
  using _scope = device.scope();
  const x = tensor(device, points.flat(), [SAMPLES, 2]);
  const sigma = tensor(device, sigmas, [SAMPLES, 1]);
  const noise = mul(randomNormal(device, key, [SAMPLES, 2]), sigma);
  const fields = shiftedFields(device, problem, { shift, sigma2: square(sigma) });
  const objective = { divergence: arm.divergence, weighting: arm.weighting, units: UNITS } as const;
  const weights = objectiveWeights(objective, sigmas);
  const [pull] = grad((delta: Tensor) => {
    const x0 = add(x, delta);
    const input = { ...fields, target: x0, x_t: add(x0, noise) };
    return mul(sum(objectiveLoss(objective, input, weights).loss), 1 / SAMPLES);
  })(tensor(device, shift, [1, 2]));
  const [fx = 0, fy = 0] = (await pull?.data()) ?? [];
  const force = fx * DIRECTION[0] + fy * DIRECTION[1];
  const clean = size / problem.width ** 2;
  // An arm that does not pull back has no unit of its own.
  return force > 0 && Number.isFinite(force) ? clean / force : 1;
}

function shiftedFields(
  device: Device,
  problem: Problem,
  { shift, sigma2 }: { shift: readonly number[]; sigma2: Tensor },
) {
  const fields = new MixtureFields(device, problem);
  const delta = tensor(device, shift, [1, 2]);
  const back = (x: Tensor): Tensor => sub(x, delta);
  return {
    psi: (x: Tensor): Tensor => add(fields.denoised(back(x), sigma2), delta),
    ref: (x: Tensor): Tensor => fields.denoised(x, sigma2),
    densityRatio: (x: Tensor): Tensor => {
      const log = sub(fields.logDensity(x, sigma2), fields.logDensity(back(x), sigma2));
      return reshape(exp(log), [x.dim(0)]);
    },
  };
}

/** Points are drawn independently; the levels, in order, are not: mixed, no pattern can match. */
function shuffled(values: readonly number[], key: Key): number[] {
  const mixed = [...values];
  for (let i = mixed.length - 1; i > 0; i--) {
    const j = key.fold(1).integer(i + 1, i);
    [mixed[i], mixed[j]] = [mixed[j] ?? 0, mixed[i] ?? 0];
  }
  return mixed;
}
