/**
 * Compares a gradient with central differences, in float64 on the reference device:
 *
 *     ∂L/∂x_i ≈ (L(x + h e_i) − L(x − h e_i)) / 2h,        L(x) = ⟨v, f(x)⟩
 *
 * for a fixed v, so that f may have any shape. About 1e-9 relative for smooth f.
 */
import { ReferenceDevice } from "../device/reference.js";
import { tensor } from "../tensor/create.js";
import type { NdArray } from "../tensor/ndarray.js";
import { known, showShape, stridesOf } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { vjp } from "./grad.js";

/** How to check; see the header for what is compared. */
export interface GradcheckOptions {
  /** Step of the differences, relative to max(1, |x|). Default 1e-5. */
  readonly step?: number;
  /** Largest error allowed, relative to max(1, |numeric|). Default 1e-6. */
  readonly tolerance?: number;
  /** Inputs that are not differentiated (indices, tokens), by position. */
  readonly frozen?: readonly number[];
}

/** What a check found. It never throws for a wrong gradient: ask `ok`. */
export interface GradcheckReport {
  readonly ok: boolean;
  /** The entry that is off most: which input, which flat index, and both numbers. */
  readonly worst: {
    readonly input: number;
    readonly index: number;
    readonly analytic: number;
    readonly numeric: number;
    readonly error: number;
  };
  readonly message: string;
}

/**
 * Compares the gradient of ⟨v, f⟩ with central differences, entry by entry, in float64 without an
 * adapter.
 * @param f a function of tensors of the reference device, of any shape.
 * @param inputs the point at which to check. Integer inputs go into `frozen` and become u32.
 * @throws what f throws; GradientError where an op on the way has no derivative.
 */
export function gradcheck(
  f: (...inputs: Tensor[]) => Tensor,
  inputs: readonly NdArray[],
  { step = 1e-5, tolerance = 1e-6, frozen = [] }: GradcheckOptions = {},
): GradcheckReport {
  const device = new ReferenceDevice();
  using _scope = device.scope();
  const make = (array: NdArray, i: number): Tensor =>
    tensor(device, array.data, array.shape, { dtype: frozen.includes(i) ? "u32" : "f32" });
  const { value, pullback } = vjp(f, ...inputs.map(make));
  const weights = value.reference.map((_, i) => Math.sin(1 + 1.7 * i));
  const grads = pullback(tensor(device, weights.data, weights.shape));
  const loss = (arrays: readonly NdArray[]): number => {
    using _inner = device.scope();
    const out = f(...arrays.map(make)).reference;
    return out.data.reduce((sum, v, i) => sum + v * weights.flat(i), 0);
  };
  let worst = { input: 0, index: 0, analytic: 0, numeric: 0, error: 0 };
  inputs.forEach((array, input) => {
    if (frozen.includes(input)) return;
    for (let index = 0; index < array.size; index++) {
      const h = step * Math.max(1, Math.abs(array.flat(index)));
      const at = (shift: number): number =>
        loss(inputs.map((a, i) => (i === input ? shifted(a, index, shift) : a)));
      const numeric = (at(h) - at(-h)) / (2 * h);
      const analytic = known(grads, input).reference.flat(index);
      const error = Math.abs(analytic - numeric) / Math.max(1, Math.abs(numeric));
      // A NaN compares false with everything, so ask whether the error is *not* smaller.
      if (!(error <= worst.error)) worst = { input, index, analytic, numeric, error };
    }
  });
  const ok = worst.error <= tolerance;
  const message = ok
    ? `gradients agree within ${worst.error.toExponential(1)}`
    : `input ${worst.input}, element ${place(inputs[worst.input], worst.index)}: ` +
      `the gradient is ${worst.analytic}, ` +
      `central differences say ${worst.numeric} (relative error ${worst.error.toExponential(1)})`;
  return { ok, worst, message };
}

function shifted(array: NdArray, index: number, shift: number): NdArray {
  return array.map((v, i) => (i === index ? v + shift : v));
}

/** The flat index; of a matrix and more, the index along each axis too. */
function place(array: NdArray | undefined, flat: number): string {
  if (!array || array.rank < 2) return String(flat);
  const index = stridesOf(array.shape).map(
    (stride, axis) => Math.floor(flat / stride) % array.dim(axis),
  );
  return `${flat} ${showShape(index)}`;
}
