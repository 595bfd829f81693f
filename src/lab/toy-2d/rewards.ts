/**
 * Five kinds of reward, differentiable, and the levels of E[r] at which arms are compared.
 * z = (x − Σ_k γ_k μ_k) / s: the place within the mode; d² = Σ_k γ_k ‖x − μ_k‖² / s².
 *
 *     R1 mode-selective   x / (1.5 · the furthest mode)
 *     R2 style            tanh z_x: one side of every mode
 *     R3 spike            exp(−‖x − μ₁ − s (1, 0)‖² / (2 (s/2)²)) / π₁: a narrow bonus in one mode
 *     R4 off-manifold     1 − exp(−d² / (2 · 3²)): grows outside of the modes
 *     R5 learned          fitted to 500 noisy comparisons (learned-reward.ts)
 */
import { div, mul, sub } from "../../ops/binary.js";
import { fuse } from "../../ops/fuse.js";
import { reshape } from "../../ops/reshape.js";
import { slice } from "../../ops/slice.js";
import { sum } from "../../ops/sum.js";
import { exp, square, tanh } from "../../ops/unary.js";
import { tensor } from "../../tensor/create.js";
import type { Key } from "../../tensor/key.js";
import type { Tensor } from "../../tensor/tensor.js";
import { hiddenUtility, learnedReward } from "./learned-reward.js";
import { MixtureFields, type Point } from "./mixture.js";
import type { Problem } from "./problem.js";

export const REWARD_NAMES = ["R1", "R2", "R3", "R4", "R5"] as const;
export type RewardName = (typeof REWARD_NAMES)[number];

/** r: x [M, 2] → [M] */
export type RewardField = (x: Tensor) => Tensor;

export interface Reward {
  readonly what: string;
  /** Five levels of E[r]. */
  readonly levels: readonly number[];
  /** First and last α_rew, in units of the KL of clean samples. */
  readonly alphas: readonly [number, number];
  readonly make: (problem: Problem, key: Key) => RewardField;
  /** Of a learned reward: the utility that it was learned from. See gold.ts. */
  readonly gold?: (problem: Problem) => (point: Point) => number;
}

const column = (x: Tensor, axis: number): Tensor =>
  reshape(slice(x, { axis: 1, start: axis, end: axis + 1 }), [x.dim(0)]);

const modeSelective = ({ means }: Problem): RewardField => {
  const scale = 1.5 * Math.max(...means.flat().map(Math.abs));
  return (x) => div(column(x, 0), scale);
};

const style = (problem: Problem): RewardField => {
  const side = fuse("side of the mode", (x, centre, axis) =>
    mul(tanh(div(sub(x, centre), problem.width)), axis),
  );
  return (x) => {
    const centre = new MixtureFields(x.device, problem).centre(x, 0);
    return sum(side(x, centre, tensor(x.device, [1, 0], [1, 2])), { axes: 1 });
  };
};

const spike = ({ means, weights, width }: Problem): RewardField => {
  const k = Math.min(1, means.length - 1);
  const [x0 = 0, y0 = 0] = means[k] ?? [];
  return (x) => {
    const z = sub(x, tensor(x.device, [x0 + width, y0], [1, 2]));
    const height = exp(mul(sum(square(z), { axes: 1 }), -2 / width ** 2));
    return div(height, weights[k] ?? 1);
  };
};

const offManifold =
  (problem: Problem): RewardField =>
  (x) => {
    const fields = new MixtureFields(x.device, problem);
    const near = mul(fields.responsibilities(x, 0), fields.squaredDistances(x));
    return sub(1, exp(mul(sum(near, { axes: 1 }), -1 / 18)));
  };

export const REWARDS: Readonly<Record<RewardName, Reward>> = {
  R1: {
    what: "mode-selective: grows to the right",
    levels: [0.05, 0.1, 0.15, 0.2, 0.3],
    alphas: [0.5, 64],
    make: modeSelective,
  },
  R2: {
    what: "style: the right side of every mode",
    levels: [0.2, 0.35, 0.5, 0.6, 0.7],
    alphas: [0.15, 20],
    make: style,
  },
  R3: {
    what: "a narrow spike in one mode",
    levels: [0.2, 0.3, 0.4, 0.5, 0.6],
    alphas: [0.1, 12],
    make: spike,
  },
  R4: {
    what: "a bonus outside of the modes",
    levels: [0.12, 0.16, 0.2, 0.25, 0.3],
    alphas: [0.5, 64],
    make: offManifold,
  },
  R5: {
    what: "learned from 500 noisy comparisons",
    levels: [0.2, 0.4, 0.6, 0.8, 1],
    alphas: [0.1, 12],
    make: learnedReward,
    gold: hiddenUtility,
  },
};
