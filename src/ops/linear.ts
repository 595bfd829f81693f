/**
 * A linear layer, in one kernel.
 *
 *     y = x wᵀ + bias          dx = dy w,   dw = dyᵀ x,   dbias = Σ dy over all but the last axis
 */
import { defineOp } from "../autograd/define-op.js";
import { ShapeError } from "../errors.js";
import { FLOATS } from "../tensor/dtype.js";
import { NdArray } from "../tensor/ndarray.js";
import { type Shape, sameShape, showShape, sizeOf } from "../tensor/shape.js";
import { Tensor } from "../tensor/tensor.js";
import { matmul } from "./matmul.js";
import { reshape } from "./reshape.js";
import { binaryLauncher } from "./shared/elementwise-kernels.js";
import { partsFor, product } from "./shared/product.js";
import { sum } from "./sum.js";

const addBias = binaryLauncher({ wgsl: "a + b", truth: false, commutative: true });

const op = defineOp({
  name: "linear",
  inputs: ["x", "w"],
  optional: ["bias"],
  elements: FLOATS,
  saves: ["x", "w"],
  infer: ({ x, w, bias }) => inferShape(x.shape, w.shape, bias?.shape),
  gpu: ({ x, w, bias }, out) => {
    const { rows, size, outputs } = sizesOf(x.shape, w.shape);
    const sizes = { batch: 1, M: rows, N: outputs, K: size };
    const multiply = (into: Tensor, shift?: Tensor): void =>
      product(
        [x, { batch: 0, row: size, col: 1 }],
        [w, { batch: 0, row: 1, col: size }],
        [into, { batch: rows * outputs, row: outputs, col: 1 }],
        sizes,
        { bias: shift && { of: "columns", x: shift } },
      );
    if (!bias || partsFor(out.gpu.device, sizes) === 1) {
      multiply(out, bias);
      return;
    }
    // A product that is cut along k knows no bias.
    using before = Tensor.allocate(out.device, out, "linear: before the bias");
    multiply(before);
    addBias(before, bias, out);
  },
  reference: ({ x, w, bias }, _, { shape }) => {
    const { size, outputs } = sizesOf(x.shape, w.shape);
    return NdArray.build(shape, (_, flat) => {
      const [row, o] = [Math.floor(flat / outputs), flat % outputs];
      let y = bias?.flat(o) ?? 0;
      for (let k = 0; k < size; k++) y += x.flat(row * size + k) * w.flat(o * size + k);
      return y;
    });
  },
  vjp: ({ x, w, specs }, dy) => ({
    x: () => reshape(matmul(asMatrix(dy), w), specs.x.shape),
    w: () => matmul(asMatrix(dy), asMatrix(x), { transposeA: true }),
    bias: () => sum(asMatrix(dy), { axes: 0 }),
  }),
});

/**
 * x [..., K], w [N, K], bias [N] → [..., N].
 * @throws ShapeError when x has no axis, or when sizes do not fit.
 */
export function linear(x: Tensor, w: Tensor, bias?: Tensor): Tensor {
  return op({ x, w, ...(bias && { bias }) }, {});
}

function inferShape(x: Shape, w: Shape, bias?: Shape): Shape {
  const what = `x is ${showShape(x)}, w is ${showShape(w)}`;
  const fits = x.length > 0 && w.length === 2 && x.at(-1) === w[1];
  if (!fits) {
    throw new ShapeError(`linear: sizes do not fit: ${what}. Give x [..., K] and w [N, K].`);
  }
  const [outputs = 0] = w;
  if (bias && !sameShape(bias, [outputs])) {
    const found = `bias is ${showShape(bias)}`;
    throw new ShapeError(`linear: ${found}, w is ${showShape(w)}. Give a bias [${outputs}].`);
  }
  return [...x.slice(0, -1), outputs];
}

function sizesOf(x: Shape, w: Shape) {
  const [outputs = 0, size = 0] = w;
  return { rows: sizeOf(x.slice(0, -1)), size, outputs };
}

function asMatrix(x: Tensor): Tensor {
  return x.rank === 2 ? x : reshape(x, [sizeOf(x.shape.slice(0, -1)), x.dim(-1)]);
}
