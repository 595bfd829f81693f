/**
 * One of two values, chosen element by element.
 *
 *     y = cond ? a : b          da = cond ? dy : 0,   db = cond ? 0 : dy
 *
 * The operands broadcast as in NumPy; a and b may be numbers. The derivative of what was not chosen
 * is 0 whatever its value, NaN and infinity included. To keep a function's own NaN out of the
 * derivative, choose its argument: where(x > 0, log(where(x > 0, x, 1)), 0).
 */
import { broadcastTo } from "../autograd/cotangent.js";
import { defineOp } from "../autograd/define-op.js";
import { elements } from "../shaders/elements.js";
import { kernel } from "../shaders/kernel.js";
import { DTYPES } from "../tensor/dtype.js";
import { NdArray } from "../tensor/ndarray.js";
import { broadcastShapes, type Shape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Operand } from "./shared/elementwise.js";
import { assertNumber, perElement, vectorsOf } from "./shared/elementwise-kernels.js";

const kernels = perElement((e) =>
  kernel("where", { vectors: "u32", a_number: e, b_number: e }, elements(e)),
);

/** The numbers that stand for a missing tensor. */
interface Attrs {
  readonly a?: number;
  readonly b?: number;
  readonly shape: Shape;
}

const op = defineOp({
  name: "where",
  inputs: ["cond"],
  optional: ["a", "b"],
  saves: ["cond"],
  dtypes: { cond: "bool" },
  elements: DTYPES,
  infer: (_, { shape }: Attrs) => shape,
  gpu: ({ cond, a, b }, out, attrs) => {
    const vectors = vectorsOf(out);
    const fills = (x: Tensor | undefined): number => Number(x?.size === 1);
    kernels(out.dtype)({
      // Every binding must be there; where a number is given the kernel does not read it.
      tensors: [cond, a ?? b ?? cond, b ?? a ?? cond, out],
      params: { vectors, a_number: attrs.a ?? 0, b_number: attrs.b ?? 0 },
      items: vectors,
      overrides: {
        COND_ONE: fills(cond),
        A_ONE: fills(a),
        B_ONE: fills(b),
        A_NUMBER: Number(a === undefined),
        B_NUMBER: Number(b === undefined),
      },
    });
  },
  each: {
    wgsl: "select(b, a, cond != vec4u())",
    numbers: ({ a, b }) => ({ ...(a !== undefined && { a }), ...(b !== undefined && { b }) }),
  },
  reference: ({ cond, a, b }, attrs, { shape }) => {
    const at = (x: typeof a, number: number | undefined, i: number): number =>
      x ? x.flat(x.size === 1 ? 0 : i) : (number ?? 0);
    return new NdArray(shape).map((_, i) =>
      at(cond, 0, i) ? at(a, attrs.a, i) : at(b, attrs.b, i),
    );
  },
  vjp: ({ cond }, dy) => ({
    a: () => where(cond, dy, 0),
    b: () => where(cond, 0, dy),
  }),
});

/**
 * cond bool, a and b of one element type, or numbers → the broadcast shape.
 * @throws ShapeError where shapes do not broadcast, DtypeError for two element types or a cond that
 * is not bool.
 */
export function where(cond: Tensor, a: Operand, b: Operand): Tensor {
  const tensors = [a, b].filter((x) => typeof x !== "number");
  const shape = tensors.reduce<Shape>((s, x) => broadcastShapes("where", s, x.shape), cond.shape);
  const dtype = tensors[0]?.dtype ?? "f32";
  for (const x of [a, b]) if (typeof x === "number") assertNumber("where", x, dtype);
  const fitted = (x: Tensor): Tensor => (x.size === 1 ? x : broadcastTo(x, shape));
  const inputs = {
    cond: fitted(cond),
    ...(typeof a !== "number" && { a: fitted(a) }),
    ...(typeof b !== "number" && { b: fitted(b) }),
  };
  const numbers = {
    ...(typeof a === "number" && { a }),
    ...(typeof b === "number" && { b }),
  };
  return op(inputs, { ...numbers, shape });
}
