/**
 * Plans a sum over broadcast axes: neighbouring axes of one kind (kept or summed) are merged, so
 * that three of each are enough for the tensors of this project.
 */
import { ShapeError } from "../errors.js";
import { kernel } from "../shaders/kernel.js";
import { broadcastStrides, type Shape, showShape, sizeOf, stridesOf } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";

interface Axis {
  readonly size: number;
  readonly stride: number;
}

export interface ReductionPlan {
  readonly kept: readonly Axis[];
  readonly summed: readonly Axis[];
}

const MAX_AXES = 3;

export function planReduction(from: Shape, to: Shape): ReductionPlan {
  const strides = stridesOf(from);
  const isSummed = broadcastStrides(to, from).map((stride) => stride === 0);
  const kept: Axis[] = [];
  const summed: Axis[] = [];
  let last: Axis[] | undefined;
  from.forEach((size, i) => {
    if (size === 1) return;
    const list = isSummed[i] ? summed : kept;
    const previous = last === list ? list.pop() : undefined;
    list.push({ size: (previous?.size ?? 1) * size, stride: strides[i] ?? 1 });
    last = list;
  });
  if (kept.length > MAX_AXES || summed.length > MAX_AXES) {
    throw new ShapeError(
      `sum: ${showShape(from)} → ${showShape(to)} alternates kept and summed axes more than ` +
        `${MAX_AXES} times. Sum in two steps.`,
    );
  }
  return { kept, summed };
}

/** The uniform block of every kernel that uses lib/sum_axes.wgsl. */
export const REDUCTION = {
  outputs: "u32",
  terms: "u32",
  kept_1: "u32",
  kept_2: "u32",
  kept_stride_0: "u32",
  kept_stride_1: "u32",
  kept_stride_2: "u32",
  summed_1: "u32",
  summed_2: "u32",
  summed_stride_0: "u32",
  summed_stride_1: "u32",
  summed_stride_2: "u32",
} as const;

const byGroup = kernel("sum.group", REDUCTION);
const byThread = kernel("sum.thread", REDUCTION);

/**
 * Whether one workgroup per output pays: below this many terms most of it would idle, and from this
 * many outputs on one thread each fills the adapter without the price of barriers (software
 * adapters: 8192 sums of 128 terms, a tenth of the time).
 */
export function reducesByGroup(params: { readonly outputs: number; readonly terms: number }) {
  return params.terms >= 32 && params.outputs < 1024;
}

export function runReduction(plan: ReductionPlan, x: Tensor, out: Tensor): void {
  const params = reductionParams(plan);
  const tensors = [x, out] as const;
  if (reducesByGroup(params)) byGroup({ tensors, params, groups: params.outputs });
  else byThread({ tensors, params, groups: Math.ceil(params.outputs / 64) });
}

export function reductionParams({ kept, summed }: ReductionPlan) {
  const k = align(kept);
  const s = align(summed);
  return {
    outputs: sizeOf(kept.map((axis) => axis.size)),
    terms: sizeOf(summed.map((axis) => axis.size)),
    kept_1: k[1].size,
    kept_2: k[2].size,
    kept_stride_0: k[0].stride,
    kept_stride_1: k[1].stride,
    kept_stride_2: k[2].stride,
    summed_1: s[1].size,
    summed_2: s[2].size,
    summed_stride_0: s[0].stride,
    summed_stride_1: s[1].stride,
    summed_stride_2: s[2].stride,
  };
}

/** Exactly three axes, outermost first, padded in front by axes of size 1. */
function align(axes: readonly Axis[]): readonly [Axis, Axis, Axis] {
  const none = { size: 1, stride: 0 };
  const [a = none, b = none, c = none] = [...Array(MAX_AXES - axes.length).fill(none), ...axes];
  return [a, b, c];
}
