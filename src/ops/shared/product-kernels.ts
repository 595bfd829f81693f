/**
 * The kernels of product.ts, and which of them runs. Each operand comes with its strides; they, the sizes
 * and the device decide:
 *
 *     naive, tiled, subgroup      shaders/tiles.ts
 *     vec4, vec4_b                32 × 4 outputs per lane (in subgroups of 4: 16 × 4 or 32 × 8); both
 *                                 operands, or b alone, loaded four at a time, where strides allow it, and
 *                                 outputs stored so (or _strided: one by one); in subgroups of 4 long
 *                                 products take eight steps of k at a time
 *     workgroup, workgroup4       tiles in workgroup memory (shaders/workgroup-tiles.ts), operands
 *                                 loaded one by one, or four at a time
 */
import type { KernelChoice } from "../../device/kernel-choice.js";
import { isWorthCompiling } from "../../device/rates.js";
import { kernel } from "../../shaders/kernel.js";
import { type Tile, tileFor } from "../../shaders/tiles.js";
import { coverWith } from "../../shaders/workgroup-tiles.js";
import type { Tensor } from "../../tensor/tensor.js";

/** Where the first matrix begins, and how far apart neighbours lie. */
export interface Strides {
  readonly start?: number;
  readonly batch: number;
  readonly head?: number;
  readonly row: number;
  readonly col: number;
}

export interface ProductSizes {
  readonly batch: number;
  /** Matrices of a batch element. */
  readonly heads?: number;
  readonly M: number;
  readonly N: number;
  readonly K: number;
}

export interface ProductOptions {
  /** Default 1. */
  readonly scale?: number;
  /** Adds to what `c` holds. Default false. */
  readonly add?: boolean;
  /** A number for each row, or for each column, added to every matrix. */
  readonly bias?: { readonly of: "rows" | "columns"; readonly x: Tensor } | undefined;
}

export type Operand = readonly [Tensor, Strides];

const PARAMS = {
  batch: "u32",
  heads: "u32",
  M: "u32",
  N: "u32",
  K: "u32",
  scale: "f32",
  a_start: "u32",
  a_batch: "u32",
  a_head: "u32",
  a_row: "u32",
  a_col: "u32",
  b_start: "u32",
  b_batch: "u32",
  b_head: "u32",
  b_row: "u32",
  b_col: "u32",
  c_start: "u32",
  c_batch: "u32",
  c_head: "u32",
  c_row: "u32",
  c_col: "u32",
  bias_row: "u32",
  bias_col: "u32",
} as const;

const kernels = {
  naive: kernel("matmul.naive", PARAMS),
  tiled: kernel("matmul.tiled", PARAMS),
  subgroup: kernel("matmul.subgroup", PARAMS),
  vec4: kernel("matmul.vec4", PARAMS),
  vec4_strided: kernel("matmul.vec4.strided", PARAMS),
  vec4_b: kernel("matmul.vec4_b", PARAMS),
  vec4_b_strided: kernel("matmul.vec4_b.strided", PARAMS),
  workgroup: kernel("matmul.workgroup", PARAMS),
  workgroup4: kernel("matmul.workgroup.vec4", PARAMS),
};

/** A way to compute a product: a kernel, and whether as c = a b or as cᵀ = bᵀ aᵀ. */
interface Plan {
  readonly variant: keyof typeof kernels;
  readonly swapped: boolean;
  readonly groups: number;
  readonly overrides: Readonly<Record<string, number>>;
  /** About how long it takes. */
  readonly cost: number;
}

/** a [M, K], b [K, N] → c [M, N], written into the third operand. */
export function runProduct(
  a: Operand,
  b: Operand,
  c: Operand,
  sizes: ProductSizes,
  { scale = 1, add = false, bias }: ProductOptions = {},
): void {
  const { batch, heads = 1, M, N, K } = sizes;
  const { variant, swapped, groups, overrides } = choose(a, b, c, sizes);
  const [x, y] = swapped ? [transposed(b), transposed(a)] : [a, b];
  const z = swapped ? transposed(c) : c;
  const [rows, columns] = swapped ? [N, M] : [M, N];
  kernels[variant]({
    // Every binding must be there; without a bias the kernel does not read it.
    tensors: [x[0], y[0], bias?.x ?? x[0], z[0]],
    params: {
      ...{ batch, heads, M: rows, N: columns, K, scale },
      ...named("a", x[1]),
      ...named("b", y[1]),
      ...named("c", z[1]),
      ...biasStrides(bias?.of, swapped),
    },
    groups: batch * heads * groups,
    overrides: { ...overrides, ADD: Number(add) },
    flop: 2 * batch * heads * M * N * K,
  });
}

function biasStrides(of: "rows" | "columns" | undefined, swapped: boolean) {
  if (of === undefined) return { bias_row: 0, bias_col: 0 };
  const alongRows = (of === "rows") !== swapped;
  return { bias_row: Number(alongRows), bias_col: Number(!alongRows) };
}

/**
 * About how long a matrix of such a product takes, for each step of k: in outputs of the kernels of
 * shaders/tiles.ts, as their number of workgroups × rows × columns × threads is.
 */
export function productCost(a: Operand, b: Operand, c: Operand, sizes: ProductSizes): number {
  return choose(a, b, c, sizes).cost;
}

/** The cheapest of the ways that are open. */
function choose(a: Operand, b: Operand, c: Operand, sizes: ProductSizes): Plan {
  const { batch, heads = 1, M, N, K } = sizes;
  const { device } = c[0].gpu;
  if (device.choice.family === "workgroup") return inWorkgroups(device.choice, a[1], b[1], sizes);
  const tile = tileFor(device);
  const ways = [tiles(tile, M, N, false), tiles(tile, N, M, true)];
  if (tile.variant === "subgroup" && K > 0 && K % 4 === 0) {
    const long = isWorthCompiling(device.rates, batch * heads * M * N * K, EIGHT_SAVES);
    const steps = long && K % 8 === 0 ? 8 : 4;
    ways.push(...wide(tile, [a[1], M], [b[1], N], c[1], steps, false));
    ways.push(...wide(tile, [flip(b[1]), N], [flip(a[1]), M], flip(c[1]), steps, true));
  }
  return ways.reduce((best, way) => (way.cost < best.cost ? way : best));
}

function tiles(
  { variant, rows, columns, threads, overrides }: Tile,
  M: number,
  N: number,
  swapped: boolean,
): Plan {
  const naive = variant === "naive";
  const width = columns * threads;
  const count = naive ? Math.ceil((M * N) / threads) : Math.ceil(M / rows) * Math.ceil(N / width);
  return { variant, swapped, groups: count, overrides, cost: count * rows * width };
}

/** Outputs of a lane of the kernels that load four at a time: groups of rows × 4 or 8 columns. */
interface WideShape {
  readonly GROUPS: number;
  readonly TWICE: number;
  /** Steps of k that a row takes at a time. */
  readonly steps: 4 | 8;
  /** Outputs per time against the subgroup kernel. Measured: docs/kernels/matmul.md. */
  readonly speed: { readonly vec4: number; readonly vec4_b: number };
}

const NARROW_LANES: readonly WideShape[] = [
  { GROUPS: 4, TWICE: 0, steps: 4, speed: { vec4: 1.5, vec4_b: 1.4 } },
  { GROUPS: 8, TWICE: 1, steps: 4, speed: { vec4: 2.2, vec4_b: 2.2 } },
  { GROUPS: 8, TWICE: 1, steps: 8, speed: { vec4: 2.5, vec4_b: 2.5 } },
];
const WIDE_LANES: readonly WideShape[] = [
  { GROUPS: 4, TWICE: 0, steps: 4, speed: { vec4: 1.3, vec4_b: 1.1 } },
];

/** The part of a product's time that eight steps at a time save. */
const EIGHT_SAVES = 1 / 8;

/** The kernels that load four elements at a time, where strides allow it. */
function wide(
  { threads, columns, overrides }: Tile,
  [a, M]: readonly [Strides, number],
  [b, N]: readonly [Strides, number],
  c: Strides,
  most: 4 | 8,
  swapped: boolean,
): Plan[] {
  const alongK = inFours(b, "row");
  if (!alongK && !(N % 4 === 0 && inFours(b, "col"))) return [];
  const loads = inFours(a, "col") ? "vec4" : "vec4_b";
  const stores = N % 4 === 0 && inFours(c, "col");
  const variant = stores ? loads : (`${loads}_strided` as const);
  const shapes = (threads < 8 ? NARROW_LANES : WIDE_LANES).filter(({ steps }) => steps <= most);
  return shapes.map(({ GROUPS, TWICE, steps, speed }) => {
    const rows = GROUPS * Number(overrides.HALF);
    const width = columns * threads * (1 + TWICE);
    const groups = Math.ceil(M / rows) * Math.ceil(N / width);
    const wider = { GROUPS, TWICE, EIGHT: Number(steps === 8), B_ALONG_K: Number(alongK) };
    const cost = (groups * rows * width) / speed[loads];
    return { variant, swapped, groups, overrides: { ...overrides, ...wider }, cost };
  });
}

/** The kernels that go through workgroup memory. */
function inWorkgroups(
  choice: KernelChoice,
  a: Strides,
  b: Strides,
  { batch, heads = 1, M, N, K }: ProductSizes,
): Plan {
  const { tile, groups, cost } = coverWith(choice, [M, N], batch * heads);
  const [aAlong, bAlong] = [foursOf(a, [M, K]), foursOf(flip(b), [N, K])];
  const fours = aAlong !== undefined && bAlong !== undefined;
  const alongK = {
    A_ALONG_K: Number(fours ? aAlong === "k" : a.col === 1),
    B_ALONG_K: Number(fours ? bAlong === "k" : b.row === 1),
  };
  const overrides = { ...tile.overrides, ...alongK };
  return { variant: fours ? "workgroup4" : "workgroup", swapped: false, groups, overrides, cost };
}

/** Along which axis of [rows, K] an operand can be loaded four at a time, if along any. */
function foursOf(strides: Strides, [rows, K]: readonly [number, number]): "k" | "rows" | undefined {
  if (K > 0 && K % 4 === 0 && inFours(strides, "col")) return "k";
  return rows % 4 === 0 && inFours(strides, "row") ? "rows" : undefined;
}

/** Whether four neighbours along `axis` are four neighbours in memory, and begin at a multiple of 4. */
function inFours(strides: Strides, axis: "row" | "col"): boolean {
  const { start = 0, batch, head = 0, row, col } = strides;
  const [along, across] = axis === "row" ? [row, col] : [col, row];
  return along === 1 && [start, batch, head, across].every((x) => x % 4 === 0);
}

function flip(strides: Strides): Strides {
  return { ...strides, row: strides.col, col: strides.row };
}

function transposed([x, strides]: Operand): Operand {
  return [x, flip(strides)];
}

function named<P extends "a" | "b" | "c">(
  prefix: P,
  { start = 0, batch, head = 0, row, col }: Strides,
) {
  const entries = Object.entries({ start, batch, head, row, col });
  return Object.fromEntries(entries.map(([key, value]) => [`${prefix}_${key}`, value])) as {
    readonly [K in `${P}_${"start" | "batch" | "head" | "row" | "col"}`]: number;
  };
}
