/**
 * Launches the kernels of a 2-D convolution and of its two gradients: which variant, which strides,
 * how many workgroups. What they compute stands in `conv2d.ts`.
 */
import { runReduction } from "../../autograd/fold.js";
import { planReduction } from "../../autograd/reduction.js";
import type { GpuDevice } from "../../device/device.js";
import type { Overrides } from "../../device/pipelines.js";
import { type Tile, tileFor } from "../../shaders/tiles.js";
import { coverWith } from "../../shaders/workgroup-tiles.js";
import { sizeOf } from "../../tensor/shape.js";
import { Tensor } from "../../tensor/tensor.js";
import type { Conv2dGeometry } from "./conv2d-geometry.js";
import { forward, inputGrad, weightGrad } from "./conv2d-handles.js";
import { isPointwise, pointwiseForward, pointwiseWeightGrad } from "./conv2d-pointwise.js";
import {
  bestWinograd,
  isWinograd,
  type Pads,
  type TileEdge,
  type WeightStrides,
  winogradForward,
  winogradWeightGrad,
} from "./winograd.js";

type GroupedStrides = WeightStrides & { readonly w_group: number };

/** y = conv(x, w) + bias. */
export function runForward(
  geometry: Conv2dGeometry,
  x: Tensor,
  w: Tensor,
  bias: Tensor | undefined,
  y: Tensor,
): void {
  const g = flattened(geometry);
  const strides = {
    w_base: 0,
    w_group: g.O * g.C * g.KH * g.KW,
    w_out: g.C * g.KH * g.KW,
    w_in: g.KH * g.KW,
    w_y: g.KW,
    w_x: 1,
  };
  launchForward(g, { pad_y: g.padding, pad_x: g.padding }, strides, [x, w, bias, y]);
}

/** dx from dy and w. At stride 1 it is a convolution of dy with w turned by 180°. */
export function runInputGrad(geometry: Conv2dGeometry, dy: Tensor, w: Tensor, dx: Tensor): void {
  const g = flattened(geometry);
  const tile = tileFor(dx.gpu.device);
  if (g.stride === 1 && tile.variant !== "naive") {
    const mirrored = { ...g, C: g.O, O: g.C, H: g.OH, W: g.OW, OH: g.H, OW: g.W };
    const pad_y = g.dilation * (g.KH - 1) - g.padding;
    const pad_x = g.dilation * (g.KW - 1) - g.padding;
    const strides = {
      w_base: g.KH * g.KW - 1,
      w_group: g.O * g.C * g.KH * g.KW,
      w_out: g.KH * g.KW,
      w_in: g.C * g.KH * g.KW,
      w_y: -g.KW,
      w_x: -1,
    };
    launchForward(mirrored, { pad_y, pad_x }, strides, [dy, w, undefined, dx]);
    return;
  }
  const { batch, groups, C, O, H, W, OH, OW, KH, KW, stride, padding: pad, dilation } = g;
  const common = commonDivisor(stride, dilation);
  const steps = { tap_step: stride / common, dy_step: dilation / common };
  const blocks = batch * Math.ceil(H / stride) * Math.ceil(Math.ceil(W / stride) / tile.columns);
  const tiles = groups * stride ** 2 * Math.ceil(C / tile.rows) * Math.ceil(blocks / tile.threads);
  inputGrad[tile.variant]({
    tensors: [dy, w, dx],
    params: { batch, groups, C, O, H, W, OH, OW, KH, KW, stride, pad, dilation, ...steps },
    groups: tile.variant === "naive" ? Math.ceil(dx.size / tile.threads) : tiles,
    overrides: tile.overrides,
    flop: flopOf(g),
  });
}

/** dw from x and dy. */
export function runWeightGrad(geometry: Conv2dGeometry, x: Tensor, dy: Tensor, dw: Tensor): void {
  const g = flattened(geometry);
  const { batch, groups, C, O, H, W, OH, OW, KH, KW, stride, padding, dilation } = g;
  const edge = winogradEdge(g, dw);
  if (edge) {
    winogradWeightGrad(g, [x, dy, dw], edge);
    return;
  }
  const launch = weightGradLaunch(g, dw);
  if (isPointwise(g, dw) && pointwiseWeightGrad(g, [x, dy, dw], launch.outputs * batch)) return;
  const images = Math.max(1, Math.ceil(batch / Math.ceil(launch.full / launch.groups)));
  const parts = Math.max(1, Math.ceil(batch / images));
  const [pad_y, pad_x] = [padding, padding];
  const sizes = { batch, groups, C, O, H, W, OH, OW, KH, KW, stride, images };
  const params = { ...sizes, pad_y, pad_x, dilation };
  inParts(dw, parts, (out) =>
    weightGrad[launch.variant]({
      tensors: [x, dy, out],
      params,
      groups: launch.each ? Math.ceil((parts * dw.size) / launch.each) : parts * launch.groups,
      overrides: launch.overrides,
      flop: flopOf(g),
    }),
  );
}

interface ConvLaunch {
  readonly variant: keyof typeof forward;
  /** Workgroups, of one part where there are several. */
  readonly groups: number;
  /** Outputs that those compute, the ones beyond the edge included. */
  readonly outputs: number;
  readonly overrides: Overrides;
}

/** Workgroups that fill an adapter: below, the batch is split into parts that are added up. */
const FULL = 96;

/** With `each`, a workgroup takes so many outputs of all parts. */
function weightGradLaunch(
  g: Conv2dGeometry,
  dw: Tensor,
): ConvLaunch & { readonly full: number; readonly each?: number } {
  const { groups, C, O, KH, KW } = g;
  const { device } = dw.gpu;
  if (device.choice.family === "workgroup") {
    const full = 2 * device.choice.cores;
    return { ...inWorkgroups(device, g, [O, C * KH * KW]), full };
  }
  const tile = tileFor(device);
  const window = isWindow(g);
  const overrides = windowed(tile, window);
  const { variant, threads: each } = tile;
  if (variant === "naive") {
    const groups = Math.ceil(dw.size / each);
    return { variant, groups, outputs: dw.size, overrides, each, full: FULL };
  }
  const width = tile.threads * (window ? KW : tile.columns);
  const count = groups * Math.ceil(O / tile.rows) * Math.ceil((C * KH * KW) / width);
  return { variant, groups: count, outputs: count * tile.rows * width, overrides, full: FULL };
}

/** Tiles in workgroup memory, over a product of `size` for every group. */
function inWorkgroups(
  { choice }: GpuDevice,
  { groups, KH, KW }: Conv2dGeometry,
  size: readonly [number, number],
): ConvLaunch {
  const cover = coverWith(choice, size, groups);
  const overrides = { ...cover.tile.overrides, TAPS_X: KW, TAPS: KH * KW };
  const outputs = groups * size[0] * size[1];
  return { variant: "workgroup", groups: groups * cover.groups, outputs, overrides };
}

/** Fills `out`, directly or as the sum of `parts` tensors of its shape. */
function inParts(out: Tensor, parts: number, fill: (out: Tensor) => void): void {
  if (parts === 1) {
    fill(out);
    return;
  }
  const spec = { shape: [parts, sizeOf(out.shape)], dtype: out.dtype };
  using scratch = Tensor.allocate(out.device, spec, "conv2dWeightGrad: parts");
  fill(scratch);
  runReduction(planReduction(spec.shape, [1, sizeOf(out.shape)]), scratch, out);
}

function launchForward(
  g: Conv2dGeometry,
  pads: Pads,
  strides: GroupedStrides,
  [x, w, bias, y]: readonly [Tensor, Tensor, Tensor | undefined, Tensor],
): void {
  const { batch, groups, C, O, H, W, OH, OW, KH, KW, stride, dilation } = g;
  const edge = winogradEdge(g, y);
  if (edge) {
    winogradForward(g, pads, strides, [x, w, bias, y], edge);
    return;
  }
  const launch = forwardLaunch(g, y);
  if (isPointwise(g, y) && pointwiseForward(g, strides, [x, w, bias, y], launch.outputs)) return;
  const sizes = { batch, groups, C, O, H, W, OH, OW, KH, KW, stride, dilation };
  forward[launch.variant]({
    // Every binding must be there; without a bias the kernel does not read it.
    tensors: [x, w, bias ?? w, y],
    params: { ...sizes, has_bias: bias ? 1 : 0, ...pads, ...strides },
    groups: launch.groups,
    overrides: launch.overrides,
    flop: flopOf(g),
  });
}

function forwardLaunch(g: Conv2dGeometry, y: Tensor): ConvLaunch {
  const { batch, groups, O, OH, OW } = g;
  const { device } = y.gpu;
  if (device.choice.family === "workgroup") return inWorkgroups(device, g, [O, batch * OH * OW]);
  const tile = tileFor(device);
  const { variant, rows, columns, threads } = tile;
  const blocks = batch * OH * Math.ceil(OW / columns);
  const tiles = groups * Math.ceil(O / rows) * Math.ceil(blocks / threads);
  const count = variant === "naive" ? Math.ceil(y.size / threads) : tiles;
  const outputs = count * rows * columns * threads;
  return { variant, groups: count, outputs, overrides: windowed(tile, isWindow(g)) };
}

/** Winograd's tiles, where they can do it and their transforms cost less than they save. */
function winogradEdge(g: Conv2dGeometry, { dtype, gpu }: Tensor): TileEdge | undefined {
  if (gpu.device.kernels === "naive" || dtype !== "f32" || !isWinograd(g)) return undefined;
  const { rates } = gpu.device;
  const { edge, seconds } = bestWinograd(g, rates);
  return seconds < flopOf(g) / (1e9 * rates.directGflops) ? edge : undefined;
}

/** A multiplication and an addition for each tap of each output; the same for each gradient. */
function flopOf({ batch, groups, C, O, KH, KW, OH, OW }: Conv2dGeometry): number {
  return 2 * batch * groups * O * C * KH * KW * OH * OW;
}

/** Whether one sliding window of three pixels serves a row of taps. */
function isWindow({ KW, stride, dilation }: Conv2dGeometry): boolean {
  return KW === 3 && stride === 1 && dilation === 1;
}

const commonDivisor = (a: number, b: number): number => (b === 0 ? a : commonDivisor(b, a % b));

function windowed({ variant, overrides }: Tile, window: boolean): Tile["overrides"] {
  return variant === "naive" ? overrides : { ...overrides, WINDOW: window ? 1 : 0 };
}

/** A convolution of single pixels does not care for rows: one long row fills the lanes best. */
function flattened(g: Conv2dGeometry): Conv2dGeometry {
  const pointwise = g.KH === 1 && g.KW === 1 && g.stride === 1 && g.padding === 0;
  return pointwise ? { ...g, H: 1, W: g.H * g.W, OH: 1, OW: g.OH * g.OW } : g;
}
