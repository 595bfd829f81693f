/**
 * Which family of kernels multiplies and adds on a device (matmul, conv2d, attention):
 *
 *     naive        one thread per output: the slow ancestor
 *     tiled        sums in registers, plain WGSL
 *     subgroup     the same, operands handed round among the lanes of a subgroup
 *     workgroup    tiles in workgroup memory: for GPUs
 *
 * Which is fastest is a matter of the adapter, and is measured (`tune.ts`), not looked up by names.
 */
export const FAMILIES = ["naive", "tiled", "subgroup", "workgroup"] as const;
export type Family = (typeof FAMILIES)[number];

/** Tiles of workgroup kernels, by rows × columns: see shaders/workgroup-tiles.ts. */
export const TILE_NAMES = ["32x32", "64x64", "64x64x32", "128x64", "128x128"] as const;
export type TileName = (typeof TILE_NAMES)[number];

/** What can be asked for: "fast" leaves the choice to the device, the rest forces a family. */
export type KernelsOption = "fast" | Family | `workgroup ${TileName}`;

export const KERNELS_OPTIONS: readonly KernelsOption[] = [
  "fast",
  ...FAMILIES,
  ...TILE_NAMES.map((name) => `workgroup ${name}` as const),
];

export interface KernelChoice {
  readonly family: Family;
  /** Workgroup tiles that may be taken. */
  readonly tiles: readonly TileName[];
  /** Workgroups that run at once without slowing each other down. */
  readonly cores: number;
}

/** Where nothing was measured. */
const CORES = 64;

/** The choice that an option makes; for "fast" the one that suits software adapters. */
export function choiceOf(option: KernelsOption, subgroupSize = 0): KernelChoice {
  const [family = "", tile] = option.split(" ");
  const known = FAMILIES.find((each) => each === family);
  const only = TILE_NAMES.filter((name) => name === tile);
  const tiles = only.length > 0 ? only : TILE_NAMES;
  return { family: known ?? (subgroupSize < 4 ? "tiled" : "subgroup"), tiles, cores: CORES };
}
