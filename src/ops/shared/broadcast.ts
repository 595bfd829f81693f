/**
 * Plans a broadcast of two operands: neighbouring axes that both operands walk alike are merged, so
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

/** Merged axes, outermost first; at least one. */
export function planBroadcast(a: Shape, b: Shape, out: Shape): BroadcastAxis[] {
  const strides_a = broadcastStrides(a, out);
  const strides_b = broadcastStrides(b, out);
  const axes: BroadcastAxis[] = [];
  out.forEach((size, i) => {
    if (size === 1) return;
    const axis = { size, a: known(strides_a, i), b: known(strides_b, i) };
    const outer = axes.at(-1);
    const runsOn = outer && outer.a === size * axis.a && outer.b === size * axis.b;
    if (runsOn) axes[axes.length - 1] = { ...axis, size: outer.size * size };
    else axes.push(axis);
  });
  return axes.length > 0 ? axes : [{ size: 1, a: 0, b: 0 }];
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
