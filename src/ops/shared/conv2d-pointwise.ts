/**
 * Convolutions by single pixels at stride 1 as products of matrices, one for every picture:
 *
 *     forward            y[n] = w x[n] + bias         w [O, C], x[n] [C, pixels]
 *     weight gradient    dw = Σ_n dy[n] x[n]ᵀ
 *
 * The input gradient is the forward pass with wᵀ. A product's kernels load four at a time, where those of
 * a convolution load pixel by pixel; small pictures leave them idle, so both are counted. What is over soon
 * stays with the convolution's kernels, which other convolutions need too.
 */
import { runReduction } from "../../autograd/fold.js";
import { planReduction } from "../../autograd/reduction.js";
import { isWorthCompiling } from "../../device/rates.js";
import { Tensor } from "../../tensor/tensor.js";
import type { Conv2dGeometry } from "./conv2d-geometry.js";
import { product } from "./product.js";
import { type Operand, type ProductSizes, productCost } from "./product-kernels.js";
import type { WeightStrides } from "./winograd.js";

/** The part of a convolution's time that a product saves: a quarter on lavapipe, half on SwiftShader. */
const SAVES = 1 / 4;

/** Whether it is such a convolution, on a device where the kernels of both ways are counted alike. */
export function isPointwise(g: Conv2dGeometry, { gpu: { device } }: Tensor): boolean {
  const { batch, C, O, H, W, KH, KW, stride, padding, groups } = g;
  const single = KH === 1 && KW === 1 && stride === 1 && padding === 0 && groups === 1;
  if (!single || device.choice.family !== "subgroup") return false;
  return isWorthCompiling(device.rates, batch * C * O * H * W, SAVES);
}

/**
 * Writes y [batch, O, H, W] = w x + bias, unless that costs more than `most`, in the units of productCost
 * for all pictures. Says whether it did.
 */
export function pointwiseForward(
  g: Conv2dGeometry,
  { w_base, w_out, w_in }: WeightStrides,
  [x, w, bias, y]: readonly [Tensor, Tensor, Tensor | undefined, Tensor],
  most: number,
): boolean {
  const { batch, C, O } = g;
  const pixels = g.H * g.W;
  const sizes = { batch, M: O, N: pixels, K: C };
  const operands = [
    [w, { start: w_base, batch: 0, row: w_out, col: w_in }],
    [x, { batch: C * pixels, row: pixels, col: 1 }],
    [y, { batch: O * pixels, row: pixels, col: 1 }],
  ] as const;
  if (costOf(operands, sizes) > most) return false;
  product(...operands, sizes, { bias: bias && { of: "rows", x: bias } });
  return true;
}

/** Elements that the products of all pictures may have before they are added up: 32 MB. */
const MOST_SCRATCH = 2 ** 23;
/** Steps of k of an output that take as long as to write one and to read it again. */
const AGAIN = 20;

/** Writes dw [O, C, 1, 1] from x and dy, unless that costs more than `most`. Says whether it did. */
export function pointwiseWeightGrad(
  g: Conv2dGeometry,
  [x, dy, dw]: readonly [Tensor, Tensor, Tensor],
  most: number,
): boolean {
  const { batch, C, O } = g;
  const pixels = g.H * g.W;
  const sizes = { batch, M: O, N: C, K: pixels };
  if (batch * O * C > MOST_SCRATCH) return false;
  const [a, b] = [
    { batch: O * pixels, row: pixels, col: 1 },
    { batch: C * pixels, row: 1, col: pixels },
  ];
  const to = (out: Tensor): readonly [Operand, Operand, Operand] => [
    [dy, a],
    [x, b],
    [out, { batch: O * C, row: C, col: 1 }],
  ];
  const sum = batch === 1 ? 0 : (AGAIN * batch * O * C) / pixels;
  if (costOf(to(dw), sizes) + sum > most) return false;
  if (batch === 1) {
    product(...to(dw), sizes);
    return true;
  }
  const spec = { shape: [batch, O * C], dtype: dw.dtype };
  using all = Tensor.allocate(dw.device, spec, "conv2dWeightGrad: pictures");
  product(...to(all), sizes);
  runReduction(planReduction(spec.shape, [1, O * C]), all, dw);
  return true;
}

function costOf([a, b, c]: readonly [Operand, Operand, Operand], sizes: ProductSizes): number {
  return sizes.batch * productCost(a, b, c, sizes);
}
