/**
 * A function with a derivative of one's own: for what is cheaper, steadier or other than the
 * derivative of its parts.
 *
 *     y = forward(x_1, …, x_n)          dx_i = backward(dy, { inputs, value })[i]()
 *
 * Nothing inside `forward` is recorded, and its temporaries are freed at once. `backward` sees the
 * inputs and the value alone: written with ops, it can be differentiated again, to any order.
 */
import { GradientError, ShapeError } from "../errors.js";
import { type Shape, showShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { stopGradient } from "./grad.js";
import { parentsOf, TapeNode } from "./tape.js";

/** What `backward` may read. */
export interface CustomSaved {
  readonly inputs: readonly Tensor[];
  readonly value: Tensor;
}

/** A forward pass and its pullback: see the header. */
export interface CustomVjp {
  /** What errors call it. */
  readonly name: string;
  /** Inputs → the value, any shapes. What it reads from outside must not be tracked. */
  forward(...inputs: Tensor[]): Tensor;
  /**
   * dy, of the value's shape → one thunk for each input, which gives a cotangent of the input's
   * shape (or one that was broadcast from it: it is summed down). Thunks of inputs that need no
   * derivative are not called; `undefined` stands for an input that has none.
   */
  backward(dy: Tensor, saved: CustomSaved): readonly ((() => Tensor) | undefined)[];
}

/**
 * Makes a function of tensors out of a forward pass and its pullback.
 *
 * @throws GradientError when `forward` reads a tracked tensor that is not an input, or when a
 * derivative is asked that `backward` does not give; ShapeError when a cotangent does not fit.
 */
export function customVjp(custom: CustomVjp): (...inputs: Tensor[]) => Tensor {
  const { name } = custom;
  return (...inputs) => {
    const device = inputs[0]?.device;
    if (!device) throw new GradientError(`${name}: no input tensor was given. Give at least one.`);
    using scope = device.scope();
    const value = custom.forward(...inputs.map(stopGradient));
    assertClosed(name, value);
    const parents = parentsOf(inputs);
    if (parents.every((p) => p === undefined)) {
      return scope.keep(value.alias({ tape: undefined, label: name }));
    }
    const shapes = inputs.map((x) => x.shape);
    const tape = new TapeNode(name, parents, shapes, (dy, wanted, higherOrder) => {
      const read = (x: Tensor): Tensor => (higherOrder ? x : stopGradient(x));
      const saved = { inputs: inputs.map(read), value: read(out) };
      const thunks = custom.backward(read(dy), saved);
      return shapes.map((shape, i) =>
        wanted[i] ? cotangent(name, i, shape, thunks[i]) : undefined,
      );
    });
    const out = scope.keep(value.alias({ tape, label: name }));
    return out;
  };
}

/** Throws when `value`, made from inputs without a past, has one: it came from outside. */
export function assertClosed(name: string, value: Tensor): void {
  if (value.tape === undefined) return;
  throw new GradientError(
    `${name}: the function reads a tracked tensor that is not among its inputs, and its derivative ` +
      "would be lost. Give it as an input, or put stopGradient around it.",
  );
}

function cotangent(
  name: string,
  input: number,
  shape: Shape,
  thunk: (() => Tensor) | undefined,
): Tensor {
  if (!thunk) {
    throw new GradientError(
      `${name}: the derivative with respect to input ${input} is not defined. ` +
        "Return a thunk for it from backward, or put stopGradient around the input.",
    );
  }
  const dx = thunk();
  if (fits(shape, dx.shape)) return dx;
  throw new ShapeError(
    `${name}: the cotangent of input ${input} is ${showShape(dx.shape)}, the input is ` +
      `${showShape(shape)}. Return a cotangent of the input's shape.`,
  );
}

/** Whether a cotangent can be summed down to `shape`. */
function fits(shape: Shape, from: Shape): boolean {
  const lead = from.length - shape.length;
  return lead >= 0 && shape.every((size, i) => size === 1 || size === from[lead + i]);
}
