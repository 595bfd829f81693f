/**
 * Convolutions by 3 × 3 taps at stride 1 as products of matrices, over tiles of t × t outputs, t = 2 or 4
 * (the transforms: shaders/lib/winograd.wgsl and winograd4.wgsl); P = (t + 2)² multiplications instead of 9 t²:
 *
 *     forward            y = Aᵀ [U V] A       U = G w Gᵀ [P, O, C], V = Bᵀ x B [P, C, tiles]
 *     weight gradient    dw = Gᵀ [Z Vᵀ] G     Z = A dy Aᵀ [P, O, tiles]
 *
 * The input gradient is the forward pass with the weights turned. V and Z take 4 or 2¼ times the memory
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

const WEIGHT = {
  O: "u32",
  C: "u32",
  w_base: "i32",
  w_out: "i32",
  w_in: "i32",
  w_y: "i32",
  w_x: "i32",
} as const;
const PAIRS = { pairs: "u32" } as const;

/** By the edge of a tile; of pictures, by whether rows are read by fours. */
const kernels = {
  2: {
    weight: kernel("winograd.weight", WEIGHT),
    weightGrad: kernel("winograd.weight_grad", PAIRS),
    scalar: {
      input: kernel("winograd.input", PICTURE),
      output: kernel("winograd.output", PICTURE),
      outputGrad: kernel("winograd.output_grad", PICTURE),
    },
    vec4: {
      input: kernel("winograd.input.vec4", PICTURE),
      output: kernel("winograd.output.vec4", PICTURE),
      outputGrad: kernel("winograd.output_grad.vec4", PICTURE),
    },
  },
  4: {
    weight: kernel("winograd4.weight", WEIGHT),
    weightGrad: kernel("winograd4.weight_grad", PAIRS),
    scalar: {
      input: kernel("winograd4.input", PICTURE),
      output: kernel("winograd4.output", PICTURE),
      outputGrad: kernel("winograd4.output_grad", PICTURE),
    },
    vec4: {
      input: kernel("winograd4.input.vec4", PICTURE),
      output: kernel("winograd4.output.vec4", PICTURE),
      outputGrad: kernel("winograd4.output_grad.vec4", PICTURE),
    },
  },
};

/** Outputs along an edge of a tile. */
export type TileEdge = keyof typeof kernels;

const planesOf = (edge: TileEdge): number => (edge + 2) ** 2;

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
export function winogradSeconds(g: Conv2dGeometry, rates: Rates, edge: TileEdge): number {
  const { batch, C, O, H, W, OH, OW } = g;
  const planes = planesOf(edge);
  const tiles = batch * Math.ceil(OH / edge) * Math.ceil(OW / edge);
  const up = (n: number): number => Math.ceil(n / TILE) * TILE;
  const flop = 2 * planes * up(O) * C * up(tiles);
  // Every transform reads its picture or its weights once, and one side of the product.
  const pictures = batch * (C * H * W + O * OH * OW) + planes * tiles * (C + O);
  const bytes = 4 * (pictures + (planes + 9) * O * C);
  const { productGflops, transformGbs, launchSeconds } = rates;
  return flop / (1e9 * productGflops) + bytes / (1e9 * transformGbs) + LAUNCHES * launchSeconds;
}

/** The tiles that take the least time, and that time. */
export function bestWinograd(
  g: Conv2dGeometry,
  rates: Rates,
): { readonly edge: TileEdge; readonly seconds: number } {
  const [small, large] = [winogradSeconds(g, rates, 2), winogradSeconds(g, rates, 4)];
  return large < small ? { edge: 4, seconds: large } : { edge: 2, seconds: small };
}

/** y [batch, O, OH, OW] = conv(x [batch, C, H, W], w) + bias. */
export function winogradForward(
  g: Conv2dGeometry,
  pads: Pads,
  strides: WeightStrides,
  [x, w, bias, y]: readonly [Tensor, Tensor, Tensor | undefined, Tensor],
  edge: TileEdge,
): void {
  const { C, O } = g;
  const plan = planTiles(g, pads, y.gpu.device.rates, edge);
  const { planes } = plan;
  using u = scratch(y, [planes, O, C]);
  const { w_base, w_out, w_in, w_y, w_x } = strides;
  kernels[edge].weight({
    tensors: [w, u],
    params: { O, C, w_base, w_out, w_in, w_y, w_x },
    items: O * C,
  });
  for (const part of plan.parts) {
    using v = scratch(y, [planes, C, part.tiles]);
    using m = scratch(y, [planes, O, part.tiles]);
    spread(plan, "input", part, [x, v], { ...pads, channels: C, H: g.H, W: g.W });
    product(
      [u, { batch: O * C, row: C, col: 1 }],
      [v, { batch: C * part.tiles, row: part.tiles, col: 1 }],
      [m, { batch: O * part.tiles, row: part.tiles, col: 1 }],
      { batch: planes, M: O, N: part.tiles, K: C },
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
  edge: TileEdge,
): void {
  const { C, O, padding } = g;
  const pads = { pad_y: padding, pad_x: padding };
  const plan = planTiles(g, pads, dw.gpu.device.rates, edge);
  const { planes } = plan;
  using s = scratch(dw, [planes, O, C]);
  for (const part of plan.parts) {
    using v = scratch(dw, [planes, C, part.tiles]);
    using z = scratch(dw, [planes, O, part.tiles]);
    spread(plan, "input", part, [x, v], { ...pads, channels: C, H: g.H, W: g.W });
    spread(plan, "outputGrad", part, [dy, z], {
      ...{ pad_y: 0, pad_x: 0, channels: O, H: g.OH, W: g.OW },
    });
    product(
      [z, { batch: O * part.tiles, row: part.tiles, col: 1 }],
      [v, { batch: C * part.tiles, row: 1, col: part.tiles }],
      [s, { batch: O * C, row: C, col: 1 }],
      { batch: planes, M: O, N: C, K: part.tiles },
      { add: part.first > 0 },
    );
  }
  kernels[edge].weightGrad({ tensors: [s, dw], params: { pairs: O * C }, items: O * C });
}

interface Part {
  readonly first: number;
  /** A multiple of four; past the end they count as zeros. */
  readonly tiles: number;
}

interface Plan {
  readonly parts: readonly Part[];
  readonly planes: number;
  readonly kernels: (typeof kernels)[TileEdge]["scalar"];
  /** Tiles of a thread. */
  readonly lanes: number;
  readonly grid: { readonly all: number; readonly across: number; readonly down: number };
}

/** Tiles of a part, whatever their memory: a product with fewer columns is slow. */
const LEAST_TILES = 256;

/** Cuts the tiles into parts, and says which kernels can walk them. */
function planTiles(g: Conv2dGeometry, { pad_x }: Pads, rates: Rates, edge: TileEdge): Plan {
  const { batch, C, O, H, W, OH, OW } = g;
  const [across, down] = [Math.ceil(OW / edge), Math.ceil(OH / edge)];
  const planes = planesOf(edge);
  const all = batch * across * down;
  const most = Math.max(LEAST_TILES, partElements(rates) / planes / Math.max(C, O));
  const step = Math.ceil((Math.ceil(most / across) * across) / 4) * 4;
  const parts: Part[] = [];
  for (let first = 0; first < all; first += step) {
    parts.push({ first, tiles: Math.ceil(Math.min(step, all - first) / 4) * 4 });
  }
  // Of small tiles a thread takes four neighbours, of large ones one.
  const fours = W % (edge === 2 ? 8 : 4) === 0 && OW === W && OH === H && pad_x === 1;
  const grid = { all, across, down };
  const { vec4, scalar } = kernels[edge];
  return {
    parts,
    planes,
    grid,
    kernels: fours ? vec4 : scalar,
    lanes: fours && edge === 2 ? 4 : 1,
  };
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
