/**
 * Where the maximum, or the minimum, lies along axes.
 *
 *     y = the first i with x_i = max_axes x          u32, no derivative
 *
 * Over several axes i counts their elements in row-major order: over all of them it is the flat
 * index. A NaN is larger, and smaller, than every number: the first NaN is chosen, as `max` and
 * `min` are NaN.
 */
import { defineOp } from "../autograd/define-op.js";
import {
  cutReduction,
  planReduction,
  REDUCTION,
  type ReductionPlan,
  reduceReference,
  reducesByGroup,
  reductionParams,
} from "../autograd/reduction.js";
import { joiningThreads } from "../device/groups.js";
import { kernel } from "../shaders/kernel.js";
import { NdArray } from "../tensor/ndarray.js";
import { Tensor } from "../tensor/tensor.js";
import { type Axes, chosenShape, overAxes } from "./shared/reduce.js";
import type { ReduceOptions } from "./sum.js";

/** x, any shape → u32: where its maximum over `axes` lies; the first where several are equal. */
export const argmax: (x: Tensor, options?: ReduceOptions) => Tensor = defineArg({
  name: "argmax",
  what: "maximum",
  wgsl: "a > b",
  f64: (a, b) => a > b,
});

/** x, any shape → u32: where its minimum over `axes` lies; the first where several are equal. */
export const argmin: (x: Tensor, options?: ReduceOptions) => Tensor = defineArg({
  name: "argmin",
  what: "minimum",
  wgsl: "a < b",
  f64: (a, b) => a < b,
});

interface Arg {
  readonly name: string;
  /** What an error calls it. */
  readonly what: string;
  /** Whether a is chosen before b, two numbers: WGSL and float64. */
  readonly wgsl: string;
  readonly f64: (a: number, b: number) => boolean;
}

function defineArg({ name, what, wgsl, f64 }: Arg) {
  const run = launcher(wgsl);
  const op = defineOp({
    name,
    inputs: ["x"],
    infer: ({ x }, { axes }: Axes) => ({
      shape: chosenShape(name, what, x.shape, axes),
      dtype: "u32",
    }),
    gpu: ({ x }, out) => run(planReduction(x.shape, out.shape, name), x, out),
    reference: ({ x }, _, { shape }) => {
      const seen = new NdArray(shape);
      const best = new NdArray(shape);
      const beats = (a: number, b: number): boolean =>
        !Number.isNaN(b) && (Number.isNaN(a) || f64(a, b));
      return reduceReference(x, shape, 0, (soFar, value, i) => {
        const term = seen.flat(i);
        seen.data[i] = term + 1;
        if (term > 0 && !beats(value, best.flat(i))) return soFar;
        best.data[i] = value;
        return term;
      });
    },
  });
  return (x: Tensor, options: ReduceOptions = {}): Tensor =>
    overAxes(name, x, options, (axes) => op({ x }, { axes }));
}

/** As runReduction does it; the winners of chunks are joined by looking at their values again. */
function launcher(wgsl: string) {
  const prelude = `fn beats(a: f32, b: f32) -> bool { return ${wgsl}; }`;
  const byGroup = kernel("arg_max.group", REDUCTION, prelude);
  const byThread = kernel("arg_max.thread", REDUCTION, prelude);
  const join = kernel("arg_max.join", REDUCTION, prelude);
  return (plan: ReductionPlan, x: Tensor, out: Tensor): void => {
    const whole = { ...reductionParams(plan), neutral: 0 };
    const { outputs } = whole;
    const { device } = out.gpu;
    const overrides = { GROUP: joiningThreads(device) };
    const cut = cutReduction(whole);
    if (!cut && !reducesByGroup(whole, device)) {
      byThread({ tensors: [x, out], params: whole, groups: Math.ceil(outputs / 64) });
    } else if (!cut) byGroup({ tensors: [x, out], params: whole, groups: outputs, overrides });
    else {
      const params = { ...whole, ...cut };
      const spec = { shape: [outputs, cut.chunks], dtype: "u32" } as const;
      using winners = Tensor.allocate(x.device, spec, "winners");
      byGroup({ tensors: [x, winners], params, groups: winners.size, overrides });
      join({ tensors: [x, winners, out], params, groups: outputs, overrides });
    }
  };
}
