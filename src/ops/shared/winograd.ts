/**
 * Convolutions by 3 × 3 taps at stride 1 as 16 products of matrices (the transforms:
 * shaders/lib/winograd.wgsl), 16 multiplications instead of 36 for 2 × 2 outputs:
 *
 *     forward            y = Aᵀ [U V] A       U = G w Gᵀ [16, O, C], V = Bᵀ x B [16, C, tiles]
 *     weight gradient    dw = Gᵀ [Z Vᵀ] G     Z = A dy Aᵀ [16, O, tiles]
 *
 * The input gradient is the forward pass with the weights turned. V and Z take four times the memory
 * of the pictures, so tiles are taken in parts that fit into a processor's cache.
 */
import { partElements, type Rates } from "../../device/rates.js";
import { kernel } from "../../shaders/kernel.js";
import { Tensor } from "../../tensor/tensor.js";
import type { Conv2dGeometry } from "./conv2d-geometry.js";
import { product } from "./product.js";

const PICTURE = {
  channels: "u32",
  tiles: "u32",
  first: "u32",
  all: "u32",
  H: "i32",
  W: "i32",
  across: "u32",
  down: "u32",
  pad_y: "i32",
  pad_x: "i32",
  has_bias: "u32",
} as const;

const scalar = {
  input: kernel("winograd.input", PICTURE),
  output: kernel("winograd.output", PICTURE),
  outputGrad: kernel("winograd.output_grad", PICTURE),
};
const vec4 = {
  input: kernel("winograd.input.vec4", PICTURE),
  output: kernel("winograd.output.vec4", PICTURE),
  outputGrad: kernel("winograd.output_grad.vec4", PICTURE),
};
const weight = kernel("winograd.weight", {
  O: "u32",
  C: "u32",
  w_base: "i32",
  w_out: "i32",
  w_in: "i32",
  w_y: "i32",
  w_x: "i32",
});
const weightGrad = kernel("winograd.weight_grad", { pairs: "u32" });

/** Where the weight of (o, c, ky, kx) lies. */
export interface WeightStrides {
  readonly w_base: number;
  readonly w_out: number;
  readonly w_in: number;
  readonly w_y: number;
  readonly w_x: number;
}

export interface Pads {
  readonly pad_y: number;
  readonly pad_x: number;
}

/** Whether these kernels can do it. */
export function isWinograd(g: Conv2dGeometry): boolean {
  const { KH, KW, stride, dilation, groups } = g;
  const taken = KH === 3 && KW === 3 && stride === 1 && dilation === 1 && groups === 1;
  return taken && g.batch * g.C * g.O > 0;
}

/** Edge of a tile of the product's kernels. */
const TILE = 32;
const LAUNCHES = 4;

/** About how long the forward pass takes, and about how long the weight gradient. */
export function winogradSeconds(g: Conv2dGeometry, rates: Rates): number {
  const { batch, C, O, H, W, OH, OW } = g;
  const tiles = batch * Math.ceil(OH / 2) * Math.ceil(OW / 2);
  const up = (n: number): number => Math.ceil(n / TILE) * TILE;
  const flop = 2 * PLANES * up(O) * C * up(tiles);
  // Every transform reads its picture or its weights once, and one side of the product.
  const pictures = batch * (C * H * W + O * OH * OW) + PLANES * tiles * (C + O);
  const bytes = 4 * (pictures + (PLANES + 9) * O * C);
  const { productGflops, transformGbs, launchSeconds } = rates;
  return flop / (1e9 * productGflops) + bytes / (1e9 * transformGbs) + LAUNCHES * launchSeconds;
}

const PLANES = 16;

/** y [batch, O, OH, OW] = conv(x [batch, C, H, W], w) + bias. */
export function winogradForward(
  g: Conv2dGeometry,
  pads: Pads,
  strides: WeightStrides,
  [x, w, bias, y]: readonly [Tensor, Tensor, Tensor | undefined, Tensor],
): void {
  const { C, O } = g;
  const plan = planTiles(g, pads, y.gpu.device.rates);
  using u = scratch(y, [PLANES, O, C]);
  const { w_base, w_out, w_in, w_y, w_x } = strides;
  weight({
    tensors: [w, u],
    params: { O, C, w_base, w_out, w_in, w_y, w_x },
    items: O * C,
  });
  for (const part of plan.parts) {
    using v = scratch(y, [PLANES, C, part.tiles]);
    using m = scratch(y, [PLANES, O, part.tiles]);
    spread(plan, "input", part, [x, v], { ...pads, channels: C, H: g.H, W: g.W });
    product(
      [u, { batch: O * C, row: C, col: 1 }],
      [v, { batch: C * part.tiles, row: part.tiles, col: 1 }],
      [m, { batch: O * part.tiles, row: part.tiles, col: 1 }],
      { batch: PLANES, M: O, N: part.tiles, K: C },
    );
    const params = { ...plan.grid, ...part, channels: O, H: g.OH, W: g.OW, pad_y: 0, pad_x: 0 };
    plan.kernels.output({
      // Every binding must be there; without a bias the kernel does not read it.
      tensors: [m, bias ?? w, y],
      params: { ...params, has_bias: Number(bias !== undefined) },
      items: (O * part.tiles) / plan.lanes,
    });
  }
}

/** dw [O, C, 3, 3] from x and dy. */
export function winogradWeightGrad(
  g: Conv2dGeometry,
  [x, dy, dw]: readonly [Tensor, Tensor, Tensor],
): void {
  const { C, O, padding } = g;
  const pads = { pad_y: padding, pad_x: padding };
  const plan = planTiles(g, pads, dw.gpu.device.rates);
  using s = scratch(dw, [PLANES, O, C]);
  for (const part of plan.parts) {
    using v = scratch(dw, [PLANES, C, part.tiles]);
    using z = scratch(dw, [PLANES, O, part.tiles]);
    spread(plan, "input", part, [x, v], { ...pads, channels: C, H: g.H, W: g.W });
    spread(plan, "outputGrad", part, [dy, z], {
      ...{ pad_y: 0, pad_x: 0, channels: O, H: g.OH, W: g.OW },
    });
    product(
      [z, { batch: O * part.tiles, row: part.tiles, col: 1 }],
      [v, { batch: C * part.tiles, row: 1, col: part.tiles }],
      [s, { batch: O * C, row: C, col: 1 }],
      { batch: PLANES, M: O, N: C, K: part.tiles },
      { add: part.first > 0 },
    );
  }
  weightGrad({ tensors: [s, dw], params: { pairs: O * C }, items: O * C });
}

interface Part {
  readonly first: number;
  /** A multiple of four; past the end they count as zeros. */
  readonly tiles: number;
}

interface Plan {
  readonly parts: readonly Part[];
  readonly kernels: typeof scalar;
  /** Tiles of a thread. */
  readonly lanes: number;
  readonly grid: { readonly all: number; readonly across: number; readonly down: number };
}

/** Cuts the tiles into parts, and says which kernels can walk them. */
function planTiles(g: Conv2dGeometry, { pad_x }: Pads, rates: Rates): Plan {
  const { batch, C, O, H, W, OH, OW } = g;
  const [across, down] = [Math.ceil(OW / 2), Math.ceil(OH / 2)];
  const all = batch * across * down;
  const rows = Math.floor(partElements(rates) / PLANES / Math.max(C, O) / across);
  const most = Math.max(1, rows) * across;
  const step = Math.ceil(most / 4) * 4;
  const parts: Part[] = [];
  for (let first = 0; first < all; first += step) {
    parts.push({ first, tiles: Math.ceil(Math.min(step, all - first) / 4) * 4 });
  }
  const fours = W % 8 === 0 && OW === W && OH === H && pad_x === 1;
  const grid = { all, across, down };
  return { parts, grid, kernels: fours ? vec4 : scalar, lanes: fours ? 4 : 1 };
}

type Spread = Pads & { readonly channels: number; readonly H: number; readonly W: number };

function spread(
  { kernels, grid, lanes }: Plan,
  name: "input" | "outputGrad",
  part: Part,
  tensors: readonly [Tensor, Tensor],
  picture: Spread,
): void {
  kernels[name]({
    tensors,
    params: { ...grid, ...part, ...picture, has_bias: 0 },
    items: (picture.channels * part.tiles) / lanes,
  });
}

function scratch({ gpu: { device }, dtype }: Tensor, shape: readonly number[]): Tensor {
  return Tensor.allocate(device, { shape, dtype }, "conv2d: transformed tiles");
}
