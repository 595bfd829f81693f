/**
 * Products of matrices, one for every head of every batch element, on a GPU: what matmul, attention and
 * Winograd's convolutions launch.
 *
 *     c[n, h, i, j] = scale Σ_k a[n, h, i, k] b[n, h, k, j] (+ bias_i or bias_j)      (c += … with `add`)
 *
 * A product of few outputs and many steps of k leaves a GPU idle. It is cut along k:
 *
 *     c = Σ_p a[:, part p] b[part p, :]
 *
 * where the parts together and the sum over them cost less than the whole. The kernels and their choice:
 * product-kernels.ts.
 */
import { runReduction } from "../../autograd/fold.js";
import { planReduction } from "../../autograd/reduction.js";
import type { GpuDevice } from "../../device/device.js";
import { coverWith } from "../../shaders/workgroup-tiles.js";
import { Tensor } from "../../tensor/tensor.js";
import {
  type Operand,
  type ProductOptions,
  type ProductSizes,
  runProduct,
  type Strides,
} from "./product-kernels.js";

export type { ProductOptions, Strides };

/** Steps of k that a part has at least, and parts at most: beyond, sums over parts weigh. */
const SHORTEST = 64;
const MOST_PARTS = 64;

/** a [M, K], b [K, N] → c [M, N], written into the third operand. */
export function product(
  a: Operand,
  b: Operand,
  c: Operand,
  sizes: ProductSizes,
  options: ProductOptions = {},
): void {
  const parts = canBeCut(c, sizes, options) ? partsFor(c[0].gpu.device, sizes) : 1;
  if (parts === 1) runProduct(a, b, c, sizes, options);
  else inParts(a, b, c, { ...sizes, parts, options });
}

/** The sum over parts is written as a whole, to a result without gaps. */
function canBeCut([, c]: Operand, { heads = 1, M, N }: ProductSizes, options: ProductOptions) {
  const { start = 0, batch, row, col } = c;
  return (
    !options.add &&
    !options.bias &&
    heads === 1 &&
    start === 0 &&
    col === 1 &&
    row === N &&
    batch === M * N
  );
}

/** The number of equal parts of k that should take the least time. */
export function partsFor(
  { choice, rates }: Pick<GpuDevice, "choice" | "rates">,
  { batch, M, N, K }: ProductSizes,
): number {
  if (choice.family !== "workgroup") return 1;
  const perStep = (2 * choice.cores) / (1e9 * rates.productGflops);
  const seconds = (parts: number): number => {
    const product = coverWith(choice, [M, N], batch * parts).cost * (K / parts) * perStep;
    if (parts === 1) return product;
    const bytes = 4 * batch * M * N * (2 * parts + 1);
    return product + 2 * rates.launchSeconds + bytes / (1e9 * rates.transformGbs);
  };
  let best = 1;
  for (let parts = 2; parts <= MOST_PARTS && K / parts >= SHORTEST; parts++) {
    if (K % parts === 0 && seconds(parts) < seconds(best)) best = parts;
  }
  return best;
}

interface Cut extends ProductSizes {
  readonly parts: number;
  readonly options: ProductOptions;
}

/** Parts take the place of heads; their products lie one after the other, batch by batch. */
function inParts(
  [a, inA]: Operand,
  [b, inB]: Operand,
  [c]: Operand,
  { batch, M, N, K, parts, options }: Cut,
): void {
  const steps = K / parts;
  const shape = [batch, parts, M * N];
  using all = Tensor.allocate(c.gpu.device, { shape, dtype: "f32" }, "parts of a product");
  runProduct(
    [a, { ...inA, head: steps * inA.col }],
    [b, { ...inB, head: steps * inB.row }],
    [all, { batch: parts * M * N, head: M * N, row: N, col: 1 }],
    { batch, heads: parts, M, N, K: steps },
    options,
  );
  runReduction(planReduction(shape, [batch, 1, M * N]), all, c);
}
