/** Launches the kernel of a fused function: which inputs it reads, and how they broadcast. */
import type { Expression } from "../../autograd/symbolic.js";
import { mostBindings } from "../../device/request.js";
import { FuseError } from "../../errors.js";
import { compose } from "../../shaders/compose.js";
import { kernel } from "../../shaders/kernel.js";
import { known, type Shape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { MAX_BROADCAST_AXES, planWalk, type WalkAxis } from "./broadcast.js";
import { fusedText } from "./fuse-text.js";

export interface FusedKernel {
  /** The composed source, as it runs where four elements can be loaded at a time. */
  readonly wgsl: string;
  readonly used: readonly number[];
  /** Inputs and outputs. */
  readonly bindings: number;
  /** Fills outs, all of one shape, from inputs that broadcast to it. */
  launch(inputs: readonly Tensor[], outs: readonly [Tensor, ...Tensor[]]): void;
}

/** The kernel that computes all of `results`; `title` is what profiles call it. */
export function fusedKernel(title: string, results: readonly Expression[]): FusedKernel {
  const { prelude, used } = fusedText(results);
  const types = Object.fromEntries(
    [...HEAD, ...used.flatMap(stridesOf)].map((name) => [name, "u32"] as const),
  );
  const kernels = {
    vec4: kernel("fuse.vec4", types, prelude, title),
    scalar: kernel("fuse.scalar", types, prelude, title),
  };
  return {
    used,
    bindings: used.length + results.length,
    get wgsl() {
      return compose("fuse.vec4", { prelude });
    },
    launch(inputs, outs) {
      const read = used.map((i) => known(inputs, i));
      const [out] = outs;
      const axes = planWalk(
        read.map((x) => x.shape),
        out.shape,
      );
      const inner = known(axes, axes.length - 1);
      const width = inner.size % 4 === 0 || (axes.length === 1 && padded(inner)) ? 4 : 1;
      const total = Math.ceil(out.size / width);
      const overrides: Record<string, number> = { FLAT: Number(axes.length === 1) };
      used.forEach((input, k) => {
        overrides[`RUNS_${input}`] = known(inner.strides, k);
      });
      kernels[width === 4 ? "vec4" : "scalar"]({
        tensors: [...read, ...outs] as unknown as readonly [Tensor],
        params: paramsOf(axes, used, total, width),
        items: total,
        overrides,
      });
    },
  };
}

const HEAD = ["total", "inner", "size_1", "size_2"];
const stridesOf = (i: number): string[] => [0, 1, 2, 3].map((axis) => `stride_${i}_${axis}`);

/** Along a single axis buffers are padded to whole vec4s, and all may be read and written. */
const padded = ({ strides }: WalkAxis): boolean => strides.every((s) => s <= 1);

function paramsOf(
  axes: readonly WalkAxis[],
  used: readonly number[],
  total: number,
  width: number,
) {
  const none: WalkAxis = { size: 1, strides: used.map(() => 0) };
  const all = [...Array<WalkAxis>(MAX_BROADCAST_AXES - axes.length).fill(none), ...axes];
  const size = (axis: number): number => known(all, axis).size;
  const params: Record<string, number> = {
    total,
    inner: Math.ceil(size(3) / width),
    size_1: size(1),
    size_2: size(2),
  };
  used.forEach((input, k) => {
    stridesOf(input).forEach((name, axis) => {
      params[name] = known(known(all, axis).strides, k);
    });
  });
  return params;
}

/** Whether the kernels can index this broadcast. */
export function fits(shapes: readonly Shape[], out: Shape): boolean {
  return planWalk(shapes, out).length <= MAX_BROADCAST_AXES;
}

/** Whether the adapter of `x` binds so many tensors in one kernel. */
export function canBind({ bindings }: FusedKernel, x: Tensor): boolean {
  return bindings <= mostBindings(x.gpu.device.gpu);
}

export function assertBound(title: string, kernel: FusedKernel, x: Tensor): void {
  if (canBind(kernel, x)) return;
  throw new FuseError(
    `${title}: ${kernel.bindings} tensors, the result included, are more than ${x.device.name} ` +
      `binds in one kernel (${mostBindings(x.gpu.device.gpu)}). Fuse it in two parts.`,
  );
}
