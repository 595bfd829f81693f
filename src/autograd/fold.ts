/**
 * Joins the terms of a reduction (reduction.ts):
 *
 *     out_i = x_i1 ∘ x_i2 ∘ …          ∘ associative and commutative, with a neutral number
 *
 * Many terms of few outputs are joined in chunks, a workgroup each, and then the chunks: all cores
 * work, and the rounding error of a sum grows with the chunk's length instead of the tensor's.
 * Neighbours are loaded four at a time, be they terms of one output or of four.
 */
import { joiningThreads } from "../device/groups.js";
import type { WgslName } from "../shaders/compose.js";
import { type Kernel, kernel } from "../shaders/kernel.js";
import { Tensor } from "../tensor/tensor.js";
import {
  cutReduction,
  planReduction,
  REDUCTION,
  type ReductionPlan,
  reducesByGroup,
  reductionOverrides,
  reductionParams,
} from "./reduction.js";

type Params = { readonly [K in keyof typeof REDUCTION]: number };

/** One workgroup for each chunk of terms, and one thread for each output. */
interface FoldPair {
  readonly byGroup: Kernel<typeof REDUCTION>;
  readonly byThread: Kernel<typeof REDUCTION>;
}

/** Kernels that load four elements at a time. */
interface FoldFours {
  /** Four terms of an output. */
  readonly terms: FoldPair;
  /** Terms of four outputs; a thread takes one chunk of them → [chunks, outputs]. */
  readonly columns: Kernel<typeof REDUCTION>;
}

interface FoldKernels extends FoldPair {
  readonly fours?: FoldFours;
}

/** How terms are joined, in f32. The join of the joins of chunks must be the join of all. */
export interface Fold {
  /** The join of no terms. */
  readonly neutral: number;
  /** For elements that lie as f32 or as f16, before and after. */
  readonly kernels: (x: Tensor, out: Tensor) => FoldKernels;
}

type Names = readonly [group: WgslName, thread: WgslName];

/** @param wgsl an expression of `a` and `b`, both f32. */
export function defineFold(wgsl: string, neutral: number): Fold {
  const join = `fn join(a: f32, b: f32) -> f32 { return ${wgsl}; }`;
  return makeFold(neutral, (aliases) => {
    const text = `${aliases}\n${join}`;
    return {
      ...pairOf(["fold.group", "fold.thread"], text),
      fours: {
        terms: pairOf(["fold.group.vec4", "fold.thread.vec4"], text),
        columns: kernel("fold.columns.vec4", REDUCTION, text),
      },
    };
  });
}

/** @param names the kernels by group and by thread; they call their elements In and Out. */
export function foldOf(neutral: number, names: Names): Fold {
  return makeFold(neutral, (aliases) => pairOf(names, `${aliases}\n`));
}

function pairOf([group, thread]: Names, prelude: string): FoldPair {
  return {
    byGroup: kernel(group, REDUCTION, prelude),
    byThread: kernel(thread, REDUCTION, prelude),
  };
}

function makeFold(neutral: number, make: (aliases: string) => FoldKernels): Fold {
  const between = (input: string, output: string): FoldKernels => {
    const fours = (name: string): string => (name === "f32" ? "vec4f" : "Store4");
    return make(
      `alias In = ${input}; alias In4 = ${fours(input)}; ` +
        `alias Out = ${output}; alias Out4 = ${fours(output)};`,
    );
  };
  const alike = between("Store", "Store");
  // Partial results of halves are f32, and so is a sum that goes on.
  const widened = between("Store", "f32");
  const narrowed = between("f32", "Store");
  return {
    neutral,
    kernels: (x, out) => (x.dtype === out.dtype ? alike : out.dtype === "f16" ? narrowed : widened),
  };
}

const addition = defineFold("a + b", 0);

/** out, of the plan's outputs in order = the join of the plan's terms of x. */
export function runReduction(
  plan: ReductionPlan,
  x: Tensor,
  out: Tensor,
  fold: Fold = addition,
): void {
  const params = { ...reductionParams(plan), neutral: fold.neutral };
  if (runColumns(params, x, out, fold)) return;
  const { outputs } = params;
  const cut = cutReduction(params);
  if (cut) {
    using partial = runChunks(plan, x, cut, fold);
    runReduction(planReduction(partial.shape, [outputs, 1]), partial, out, fold);
    return;
  }
  const [{ byGroup, byThread }, given] = chosen(fold.kernels(x, out), params);
  const axes = reductionOverrides(given);
  const call = { tensors: [x, out], params: given } as const;
  const { device } = out.gpu;
  const overrides = { ...axes, GROUP: joiningThreads(device) };
  if (reducesByGroup(params, device)) byGroup({ ...call, groups: outputs, overrides });
  else byThread({ ...call, groups: Math.ceil(outputs / 64), overrides: axes });
}

/** → [outputs, chunks]: the joins of `chunk` terms each. The caller frees it. */
export function runChunks(
  plan: ReductionPlan,
  x: Tensor,
  cut: { readonly chunk: number; readonly chunks: number },
  fold: Fold = addition,
): Tensor {
  const params = { ...reductionParams(plan), ...cut, neutral: fold.neutral };
  const spec = { shape: [params.outputs, cut.chunks], dtype: "f32" } as const;
  const partial = Tensor.allocate(x.device, spec, "partial results");
  const [{ byGroup }, given] = chosen(fold.kernels(x, partial), params);
  const overrides = { ...reductionOverrides(given), GROUP: joiningThreads(x.gpu.device) };
  byGroup({ tensors: [x, partial], params: given, groups: partial.size, overrides });
  return partial;
}

/** The kernels for terms that are neighbours, with all counted in fours, where that can be. */
function chosen(kernels: FoldKernels, params: Params): readonly [FoldPair, Params] {
  const { terms, chunk, summed_2, summed_stride_2 } = params;
  const strides = [...keptStrides(params), params.summed_stride_0, params.summed_stride_1];
  const fit = [terms, chunk, summed_2, ...strides].every((n) => n % 4 === 0);
  if (!kernels.fours || summed_stride_2 !== 1 || !fit) return [kernels, params];
  const inFours = {
    ...params,
    terms: terms / 4,
    chunk: chunk / 4,
    summed_2: summed_2 / 4,
    kept_stride_0: params.kept_stride_0 / 4,
    kept_stride_1: params.kept_stride_1 / 4,
    kept_stride_2: params.kept_stride_2 / 4,
    summed_stride_0: params.summed_stride_0 / 4,
    summed_stride_1: params.summed_stride_1 / 4,
  };
  return [kernels.fours.terms, inFours];
}

/** Terms of a thread where outputs are neighbours, at least; and threads that fill an adapter. */
const COLUMN = 64;
const ENOUGH_THREADS = 4096;

/** Where outputs are neighbours: a thread takes four. Says whether that was so. */
function runColumns(params: Params, x: Tensor, out: Tensor, fold: Fold): boolean {
  const { outputs, terms, kept_2, kept_stride_2 } = params;
  const summed = [params.summed_stride_0, params.summed_stride_1, params.summed_stride_2];
  const fit = [kept_2, params.kept_stride_0, params.kept_stride_1, ...summed];
  const fits = kept_stride_2 === 1 && terms >= 2 && fit.every((n) => n % 4 === 0);
  if (!fits || !fold.kernels(x, out).fours) return false;
  const most = Math.ceil(ENOUGH_THREADS / (outputs / 4));
  const chunk = Math.max(COLUMN, Math.ceil(terms / most));
  const chunks = Math.ceil(terms / chunk);
  const partial = { shape: [chunks, outputs], dtype: "f32" } as const;
  const to = chunks === 1 ? out : Tensor.allocate(x.device, partial, "partial results");
  fold.kernels(x, to).fours?.columns({
    tensors: [x, to],
    params: {
      ...params,
      chunk,
      chunks,
      outputs: outputs / 4,
      kept_2: kept_2 / 4,
      kept_stride_0: params.kept_stride_0 / 4,
      kept_stride_1: params.kept_stride_1 / 4,
      summed_stride_0: params.summed_stride_0 / 4,
      summed_stride_1: params.summed_stride_1 / 4,
      summed_stride_2: params.summed_stride_2 / 4,
    },
    groups: Math.ceil((chunks * outputs) / 4 / 64),
    overrides: reductionOverrides(params),
  });
  if (to !== out) {
    runReduction(planReduction(to.shape, [1, outputs]), to, out, fold);
    to.dispose();
  }
  return true;
}

function keptStrides({ kept_stride_0, kept_stride_1, kept_stride_2 }: Params): readonly number[] {
  return [kept_stride_0, kept_stride_1, kept_stride_2];
}
