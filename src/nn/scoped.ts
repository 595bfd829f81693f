/**
 * Memory of a forward pass: what is made on the way is freed as soon as it is dead, unless a
 * derivative may be asked of the result, for the tape still reads it then.
 *
 *     scoped(device, f)          f(), without its temporaries
 *     chain(x, f, g, h)          h(g(f(x))); f(x) goes when g has read it
 */
import type { Device } from "../device/types.js";
import type { Tensor } from "../tensor/tensor.js";

/** The tensor that `run` returns. */
export function scoped(device: Device, run: () => Tensor): Tensor {
  using scope = device.scope();
  const y = run();
  scope.keep(y);
  if (y.tape) scope.keepAll();
  return y;
}

/** x through the parts, one after another. A part may read x itself again, and other tensors. */
export function chain(x: Tensor, ...parts: readonly ((y: Tensor) => Tensor)[]): Tensor {
  const { device } = x;
  using scope = device.scope();
  const last = parts.reduce((y, part) => {
    const next = scoped(device, () => part(y));
    if (!next.tape && next !== y && scope.owns(y)) y.dispose();
    return next;
  }, x);
  scope.keep(last);
  if (last.tape) scope.keepAll();
  return last;
}
