/**
 * Tiles of the kernels that go through workgroup memory (lib/workgroup_tile.wgsl), and how many of
 * them cover a product. A tile needs at most 32 KB, and a thread brings at most one block of 4 × 4
 * elements a round.
 */
import { type KernelChoice, TILE_NAMES, type TileName } from "../device/kernel-choice.js";
import type { Overrides } from "../device/pipelines.js";

interface WorkgroupTile {
  readonly rows: number;
  readonly columns: number;
  readonly overrides: Overrides;
}

/** The numbers of lib/workgroup_tile.wgsl: threads, blocks of four per thread, steps, buffers. */
type Recipe = readonly [
  down: number,
  across: number,
  rowBlocks: number,
  columnBlocks: number,
  depth: number,
  buffers: number,
];

const RECIPES: Readonly<Record<TileName, Recipe>> = {
  "32x32": [8, 8, 1, 1, 16, 2],
  "64x64": [8, 16, 2, 1, 16, 2],
  "64x64x32": [16, 16, 1, 1, 32, 1],
  "128x64": [16, 16, 2, 1, 16, 2],
  "128x128": [16, 16, 2, 2, 16, 2],
};

function workgroupTile(name: TileName): WorkgroupTile {
  const [down, across, rowBlocks, columnBlocks, depth, buffers] = RECIPES[name];
  const sizes = { DOWN: down, ACROSS: across, ROW_BLOCKS: rowBlocks, COLUMN_BLOCKS: columnBlocks };
  return {
    rows: 4 * down * rowBlocks,
    columns: 4 * across * columnBlocks,
    overrides: { ...sizes, DEPTH: depth, BUFFERS: buffers },
  };
}

/** Whether an adapter has threads and workgroup memory enough. */
export function fits(name: TileName, limits: GPUSupportedLimits): boolean {
  const [down, across, , , depth, buffers] = RECIPES[name];
  const { rows, columns } = workgroupTile(name);
  return (
    4 * buffers * depth * (rows + columns) <= limits.maxComputeWorkgroupStorageSize &&
    down * across <= limits.maxComputeInvocationsPerWorkgroup
  );
}

interface Cover {
  readonly tile: WorkgroupTile;
  /** Workgroups of one matrix. */
  readonly groups: number;
  /** About how long it takes, against other tiles. */
  readonly cost: number;
}

/** The tile that covers `count` products of rows × columns in the least time. */
export function coverWith(
  { tiles, cores }: KernelChoice,
  [rows, columns]: readonly [number, number],
  count: number,
): Cover {
  const covers = TILE_NAMES.flatMap((name): readonly Cover[] => {
    const speed = tiles[name];
    if (speed === undefined) return [];
    const tile = workgroupTile(name);
    const groups = Math.ceil(rows / tile.rows) * Math.ceil(columns / tile.columns);
    const rounds = Math.ceil((count * groups) / cores);
    return [{ tile, groups, cost: (rounds * tile.rows * tile.columns) / speed }];
  });
  return covers.reduce((best, cover) => (cover.cost < best.cost ? cover : best));
}
