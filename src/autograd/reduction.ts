/**
 * Plans reductions over broadcast axes: which terms belong to which output, and how they are shared
 * between threads. Neighbouring axes of one kind (kept or summed) are merged, so that three of each
 * are enough for the tensors of this project. The kernels: fold.ts.
 */
import { ShapeError } from "../errors.js";
import { NdArray } from "../tensor/ndarray.js";
import {
  broadcastStrides,
  known,
  positionOf,
  type Shape,
  showShape,
  sizeOf,
  stridesOf,
} from "../tensor/shape.js";

interface Axis {
  readonly size: number;
  readonly stride: number;
}

export interface ReductionPlan {
  readonly kept: readonly Axis[];
  readonly summed: readonly Axis[];
}

const MAX_AXES = 3;

export function planReduction(from: Shape, to: Shape, op = "sum"): ReductionPlan {
  const strides = stridesOf(from);
  const isSummed = broadcastStrides(to, from).map((stride) => stride === 0);
  const kept: Axis[] = [];
  const summed: Axis[] = [];
  let last: Axis[] | undefined;
  from.forEach((size, i) => {
    if (size === 1) return;
    const list = isSummed[i] ? summed : kept;
    const previous = last === list ? list.pop() : undefined;
    list.push({ size: (previous?.size ?? 1) * size, stride: known(strides, i) });
    last = list;
  });
  if (kept.length > MAX_AXES || summed.length > MAX_AXES) {
    throw new ShapeError(
      `${op}: ${showShape(from)} → ${showShape(to)} alternates kept and summed axes more than ` +
        `${MAX_AXES} times. ${op === "sum" ? "Sum" : "Reduce"} in two steps.`,
    );
  }
  return { kept, summed };
}

/** The uniform block of every kernel that uses lib/sum_axes.wgsl. */
export const REDUCTION = {
  outputs: "u32",
  terms: "u32",
  chunks: "u32",
  chunk: "u32",
  neutral: "f32",
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

/** Least terms of a workgroup where there are several for one output: with fewer, barriers weigh. */
const CHUNK = 16_384;
/** With this many workgroups the adapter is busy: no more chunks than that, no cut beyond it. */
const ENOUGH_GROUPS = 256;
/** One thread alone takes no more: its sum would lose digits. */
const MOST_OF_A_THREAD = 16_384;

interface Extent {
  readonly outputs: number;
  readonly terms: number;
}

/** From these terms on, and below these outputs, one workgroup per output pays. */
const GROUP_PAYS = {
  gpu: { terms: 32, outputs: 1024 },
  software: { terms: 1024, outputs: 128 },
} as const;

/**
 * Whether one workgroup per output pays: with few terms most of it would idle, and many outputs fill
 * the adapter with one thread each, which waits for nobody.
 */
export function reducesByGroup(
  { outputs, terms }: Extent,
  { software = false }: { readonly software?: boolean } = {},
): boolean {
  const least = GROUP_PAYS[software ? "software" : "gpu"];
  return terms > MOST_OF_A_THREAD || (terms >= least.terms && outputs < least.outputs);
}

/** How the terms of an output are cut into chunks; undefined where that does not pay. */
export function cutReduction({ outputs, terms }: Extent) {
  if (terms < 2 * CHUNK || outputs >= ENOUGH_GROUPS) return undefined;
  const chunk = Math.max(CHUNK, 4 * Math.ceil(terms / ENOUGH_GROUPS / 4));
  return { chunk, chunks: Math.ceil(terms / chunk) };
}

/** The plan as uniforms, all terms in one chunk. */
export function reductionParams({ kept, summed }: ReductionPlan) {
  const k = align(kept);
  const s = align(summed);
  const terms = sizeOf(summed.map((axis) => axis.size));
  return {
    outputs: sizeOf(kept.map((axis) => axis.size)),
    terms,
    chunks: 1,
    chunk: terms,
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

/** What kernels that use lib/sum_axes.wgsl are compiled for. */
export function reductionOverrides({ terms, summed_2 }: { terms: number; summed_2: number }) {
  return { ONE_AXIS: Number(terms === summed_2) };
}

/** A reduction in float64: `step` is told the result so far, the next term, and its number. */
export function reduceReference(
  x: NdArray,
  shape: Shape,
  neutral: number,
  step: (soFar: number, term: number, output: number, flat: number) => number,
): NdArray {
  const strides = broadcastStrides(shape, x.shape);
  const out = new NdArray(shape).map(() => neutral);
  NdArray.build(x.shape, (index, flat) => {
    const at = positionOf(index, strides);
    out.data[at] = step(out.flat(at), x.flat(flat), at, flat);
    return 0;
  });
  return out;
}

/** Exactly three axes, outermost first, padded in front by axes of size 1. */
function align(axes: readonly Axis[]): readonly [Axis, Axis, Axis] {
  const none = { size: 1, stride: 0 };
  const [a = none, b = none, c = none] = [...Array(MAX_AXES - axes.length).fill(none), ...axes];
  return [a, b, c];
}
