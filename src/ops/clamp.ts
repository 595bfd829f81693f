/**
 * Values held between two numbers.
 *
 *     y = min(max(x, low), high)          dx = dy ⊙ [low < x < high]
 *
 * At the bounds the derivative is half of dy, as for `maximum`, `minimum` and `relu`. NaN stays NaN.
 */
import { defineOp } from "../autograd/define-op.js";
import { UsageError } from "../errors.js";
import { kernel } from "../shaders/kernel.js";
import { FLOATS } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { isGreater, mul } from "./binary.js";

/** The two bounds, each of which may be left out. */
export interface ClampOptions {
  /** Default: no bound. */
  readonly min?: number;
  readonly max?: number;
}

const run = kernel("clamp", { vectors: "u32", low: "f32", high: "f32" });

const op = defineOp({
  name: "clamp",
  inputs: ["x"],
  elements: FLOATS,
  saves: ["x"],
  infer: ({ x }, _: { readonly low: number; readonly high: number }) => x.shape,
  gpu: ({ x }, out, { low, high }) => {
    const vectors = Math.ceil(out.size / 4);
    run({ tensors: [x, out], params: { vectors, low, high }, items: vectors });
  },
  each: {
    wgsl: "float_or_nan(x, clamp(x, low, high))",
    numbers: ({ low, high }) => ({ low, high }),
  },
  reference: ({ x }, { low, high }) => x.map((v) => Math.min(Math.max(v, low), high)),
  vjp: ({ x }, dy, { low, high }) => ({
    x: () => mul(mul(dy, isGreater(x, low)), isGreater(high, x)),
  }),
});

/**
 * x, any shape → the same shape, nothing below `min` or above `max`.
 * @throws UsageError when min > max.
 */
export function clamp(x: Tensor, { min, max }: ClampOptions): Tensor {
  const low = min ?? Number.NEGATIVE_INFINITY;
  const high = max ?? Number.POSITIVE_INFINITY;
  if (low <= high) return op({ x }, { low, high });
  throw new UsageError(
    `clamp: nothing lies between min ${low} and max ${high}. Give numbers with min ≤ max.`,
  );
}
