/**
 * The divergence's whole part of a generator's loss at given noise levels:
 *
 *     L = w(t) · loss( psi, ref, target, x_t )  [/ n]              IN:  ref with guidance inside
 *       + w₁(t) · −α_cfg ⟨ sg[s_c − s_∅], x_t ⟩  [/ n]             OUT: beside a ref without
 *
 * w and w₁ are one weighting, for the divergence's degree and for degree 1 (weightings.ts). Weights
 * are numbers, computed on the host before the step; the rest is differentiable.
 */
import { stopGradient } from "../autograd/grad.js";
import { UsageError } from "../errors.js";
import { add, div, mul } from "../ops/binary.js";
import { reshape } from "../ops/reshape.js";
import { tensor } from "../tensor/create.js";
import { Tensor } from "../tensor/tensor.js";
import type { Divergence, DivergenceInput, DivergenceLoss, Field, Units } from "./divergence.js";
import { type Guidance, guidanceTerm, guidedField } from "./guidance.js";
import { normaliser } from "./normaliser.js";
import { type Tilt, tilted } from "./tilted.js";
import { type Weighting, weightFor } from "./weightings.js";

export interface Objective {
  readonly divergence: Divergence;
  readonly weighting: Weighting;
  /** Of all fields that `objectiveLoss` is given. */
  readonly units: Units;
  /** Default: in. */
  readonly guidance?: Guidance;
  /** Default: 0, no guidance. */
  readonly alpha_cfg?: number;
}

/** A weight for each sample: of the divergence's loss, and of the term of guidance OUT. */
export interface ObjectiveWeights<T = readonly number[]> {
  readonly loss: T;
  readonly guidance: T;
}

/** The weights of noise levels; `alpha`: α_t of each, 1 where it is left out. */
export function objectiveWeights(
  {
    divergence: { degree },
    weighting,
    units,
  }: Pick<Objective, "divergence" | "weighting" | "units">,
  sigma: readonly number[],
  alpha: readonly number[] = [],
): ObjectiveWeights<number[]> {
  const weigh = (p: number): number[] =>
    sigma.map((s, i) => weightFor(weighting, { degree: p, units }, s, alpha[i] ?? 1));
  return { loss: weigh(degree), guidance: weigh(1) };
}

/** `ref` is conditional and unguided; `empty` is its field without the condition. */
export interface ObjectiveInput extends DivergenceInput {
  readonly empty?: Field | undefined;
  /** The reward inside the reference, after guidance IN; then it is no term of the loss. */
  readonly tilt?: Omit<Tilt, "units"> | undefined;
}

/** The weighted loss of each sample [N], and y. */
export function objectiveLoss(
  { divergence, weighting, units, guidance = "in", alpha_cfg = 0 }: Objective,
  { empty, tilt, ...input }: ObjectiveInput,
  weights: ObjectiveWeights<readonly number[] | Tensor>,
): DivergenceLoss {
  const { ref: conditional, target, x_t } = input;
  const unconditional = alpha_cfg === 0 ? conditional : needed(empty, alpha_cfg);
  const inside = guidance === "in" ? alpha_cfg : 0;
  const guided = guidedField(conditional, unconditional, inside);
  const field = tilt ? tilted(guided, { ...tilt, units }) : guided;
  // The reference's value is seen as the divergence asks for it, so that n costs no evaluation.
  let seen: Tensor | undefined;
  const ref = weighting.normalised
    ? (x: Tensor): Tensor => {
        const value = field(x);
        seen = stopGradient(value);
        return value;
      }
    : field;
  const { loss, y } = divergence.generatorLoss({ ...input, ref });
  let total = mul(loss, vector(loss, weights.loss));
  if (guidance === "out" && alpha_cfg !== 0) {
    const term = guidanceTerm(conditional, unconditional, alpha_cfg, x_t);
    total = add(total, mul(term, vector(term, weights.guidance)));
  }
  if (seen) total = div(total, reshape(normaliser(target, seen), [total.size]));
  return { loss: total, y };
}

function vector(like: Tensor, values: readonly number[] | Tensor): Tensor {
  return values instanceof Tensor ? values : tensor(like.device, values, [values.length]);
}

function needed(empty: Field | undefined, alpha_cfg: number): Field {
  if (empty) return empty;
  throw new UsageError(
    `objectiveLoss: α_cfg is ${alpha_cfg}, and the field without condition is not given. ` +
      "Give it as `empty`, or set alpha_cfg to 0.",
  );
}
