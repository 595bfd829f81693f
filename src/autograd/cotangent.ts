/**
 * The three linear maps that the tape itself needs. Each is the other's transpose, so they are
 * differentiable to any order:
 *
 *     accumulate(a, b) = a + b         da = dy, db = dy
 *     sumTo(x, shape)                  dx = broadcastTo(dy, shape of x)
 *     broadcastTo(x, shape)            dx = sumTo(dy, shape of x)
 */
import { ShapeError } from "../errors.js";
import { elements } from "../shaders/elements.js";
import { kernel } from "../shaders/kernel.js";
import { DTYPES, type Dtype, FLOATS } from "../tensor/dtype.js";
import { NdArray } from "../tensor/ndarray.js";
import {
  broadcastShapes,
  broadcastStrides,
  positionOf,
  type Shape,
  sameShape,
  showShape,
  sizeOf,
} from "../tensor/shape.js";
import { runStridedCopy } from "../tensor/strided-copy.js";
import type { Tensor } from "../tensor/tensor.js";
import { defineOp } from "./define-op.js";
import { runReduction } from "./fold.js";
import { planReduction } from "./reduction.js";

const addKernel = kernel(
  "elementwise_binary",
  { vectors: "u32" },
  `${elements("f32")}fn f(a: Value4, b: Value4) -> Value4 { return a + b; }`,
);

const accumulateOp = defineOp({
  name: "accumulate",
  inputs: ["a", "b"],
  elements: FLOATS,
  differentiable: FLOATS,
  infer: ({ a }) => a.shape,
  gpu: ({ a, b }, out) => {
    const vectors = Math.ceil(out.size / 4);
    addKernel({ tensors: [a, b, out], params: { vectors }, items: vectors });
  },
  each: { wgsl: "a + b" },
  reference: ({ a, b }) => a.map((v, i) => v + b.flat(i)),
  vjp: (_, dy) => ({ a: () => dy, b: () => dy }),
});

/** a, b of one shape → their sum. */
export function accumulate(a: Tensor, b: Tensor): Tensor {
  return accumulateOp({ a, b }, {});
}

interface SumAttrs {
  readonly shape: Shape;
  readonly dtype: Dtype;
}

const sumToOp = defineOp({
  name: "sumTo",
  inputs: ["x"],
  elements: FLOATS,
  infer: ({ x }, { shape, dtype }: SumAttrs) => {
    const fits =
      x.shape.length >= shape.length &&
      sameShape(broadcastShapes("sumTo", x.shape, shape), x.shape);
    if (!fits) throw notBroadcast("sumTo", shape, x.shape);
    return { shape, dtype };
  },
  gpu: ({ x }, out) => runReduction(planReduction(x.shape, out.shape), x, out),
  reference: ({ x }, { shape }) => {
    const strides = broadcastStrides(shape, x.shape);
    const out = new NdArray(shape);
    NdArray.build(x.shape, (index, flat) => {
      const at = positionOf(index, strides);
      out.data[at] = out.flat(at) + x.flat(flat);
      return 0;
    });
    return out;
  },
  vjp: ({ specs }, dy) => ({ x: () => broadcastTo(dy, specs.x.shape) }),
});

/**
 * Sums `x` over the axes along which `shape` would be broadcast to the shape of `x`, in f32. The
 * result is rounded to `dtype`.
 */
export function sumTo(x: Tensor, shape: Shape, dtype = x.dtype): Tensor {
  return sumToOp({ x }, { shape, dtype });
}

const broadcastToOp = defineOp({
  name: "broadcastTo",
  inputs: ["x"],
  elements: DTYPES,
  infer: ({ x }, { shape }: { readonly shape: Shape }) => {
    const fits =
      shape.length >= x.shape.length &&
      sameShape(broadcastShapes("broadcastTo", x.shape, shape), shape);
    if (!fits) throw notBroadcast("broadcastTo", x.shape, shape);
    return shape;
  },
  gpu: ({ x }, out) => runStridedCopy(x, out, { strides: broadcastStrides(x.shape, out.shape) }),
  reference: ({ x }, { shape }) => {
    const strides = broadcastStrides(x.shape, shape);
    return NdArray.build(shape, (index) => x.flat(positionOf(index, strides)));
  },
  vjp: ({ specs }, dy) => ({ x: () => sumTo(dy, specs.x.shape) }),
});

/**
 * Repeats `x` along axes of size 1 and new leading axes: NumPy's broadcasting, made real.
 * @throws ShapeError when `x` does not broadcast to `shape`.
 */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : broadcastToOp({ x }, { shape });
}

function notBroadcast(op: string, small: Shape, large: Shape): ShapeError {
  return new ShapeError(
    `${op}: ${showShape(small)} does not broadcast to ${showShape(large)} ` +
      `(${sizeOf(small)} and ${sizeOf(large)} elements). ` +
      "Sizes aligned at the right must be equal, or 1 in the smaller shape.",
  );
}
