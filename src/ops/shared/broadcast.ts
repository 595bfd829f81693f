/**
 * Plans a broadcast of operands: neighbouring axes that all operands walk alike are merged, so
 * that [N, C, H, W] with [C, 1, 1] becomes three axes and [B, T, C] with [C] two.
 */
import { broadcastStrides, known, type Shape } from "../../tensor/shape.js";

export interface BroadcastAxis {
  readonly size: number;
  readonly a: number;
  readonly b: number;
}

/** The innermost axis and three outer ones: what the kernels can index. */
export const MAX_BROADCAST_AXES = 4;

/** One merged axis of any number of operands. */
export interface WalkAxis {
  readonly size: number;
  /** How far each operand steps along it, in elements. */
  readonly strides: readonly number[];
}

/** Merged axes of operands that broadcast to `out`, outermost first; at least one. */
export function planWalk(operands: readonly Shape[], out: Shape): WalkAxis[] {
  const strides = operands.map((shape) => broadcastStrides(shape, out));
  const axes: WalkAxis[] = [];
  out.forEach((size, i) => {
    if (size === 1) return;
    const steps = strides.map((s) => known(s, i));
    const outer = axes.at(-1);
    const runsOn = outer?.strides.every((s, k) => s === size * known(steps, k));
    if (outer && runsOn) axes[axes.length - 1] = { strides: steps, size: outer.size * size };
    else axes.push({ size, strides: steps });
  });
  return axes.length > 0 ? axes : [{ size: 1, strides: operands.map(() => 0) }];
}

/** The same for two operands. */
export function planBroadcast(a: Shape, b: Shape, out: Shape): BroadcastAxis[] {
  return planWalk([a, b], out).map(({ size, strides }) => {
    return { size, a: known(strides, 0), b: known(strides, 1) };
  });
}

/** Uniforms and overrides of the broadcast kernels. */
export function broadcastCall(axes: readonly BroadcastAxis[]) {
  const none = { size: 1, a: 0, b: 0 };
  const padded = [...Array<BroadcastAxis>(MAX_BROADCAST_AXES - axes.length).fill(none), ...axes];
  const [x0 = none, x1 = none, x2 = none, inner = none] = padded;
  const total = x0.size * x1.size * x2.size * inner.size;
  const vector = inner.size % 4 === 0;
  const width = vector ? 4 : 1;
  const params = {
    total: total / width,
    inner: inner.size / width,
    size_1: x1.size,
    size_2: x2.size,
    a_0: x0.a,
    a_1: x1.a,
    a_2: x2.a,
    b_0: x0.b,
    b_1: x1.b,
    b_2: x2.b,
  };
  return { vector, params, overrides: { A_INNER: inner.a, B_INNER: inner.b } };
}
