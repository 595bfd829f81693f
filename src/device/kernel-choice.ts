/**
 * Which family of kernels multiplies and adds on a device (matmul, conv2d, attention):
 *
 *     naive        one thread per output: the slow ancestor
 *     tiled        sums in registers, plain WGSL
 *     subgroup     the same, operands handed round among the lanes of a subgroup
 *     workgroup    tiles in workgroup memory: for GPUs
 *
 * Which is fastest is a matter of the adapter, and is measured (`tuneKernels`), not looked up by names.
 */
import { DEFAULT_RATES, type Rates } from "./rates.js";

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

/** Multiply-adds per time of a tile that keeps the adapter busy, against those of the best. */
export type TileSpeeds = Readonly<Partial<Record<TileName, number>>>;

export interface KernelChoice {
  readonly family: Family;
  /** Workgroup tiles that may be taken. */
  readonly tiles: TileSpeeds;
  /** Workgroups that run at once without slowing each other down. */
  readonly cores: number;
}

/** What was measured on an adapter, and for which kernels. */
export interface Tuning {
  readonly choice: KernelChoice;
  readonly rates: Rates;
  /** Fingerprint of the kernels. */
  readonly sources: string;
}

/** Keeps what was measured, for the next process. Neither call throws. */
export interface TuningStore {
  /** Where, for people. */
  readonly path: string;
  read(): Tuning | undefined;
  write(tuning: Tuning): void;
}

/** Where nothing was measured. */
const CORES = 64;
const SPEEDS: Required<TileSpeeds> = {
  "32x32": 0.5,
  "64x64": 0.75,
  "64x64x32": 0.65,
  "128x64": 0.85,
  "128x128": 1,
};

/** The choice that an option makes; for "fast" the one that suits software adapters. */
export function choiceOf(option: KernelsOption, subgroupSize = 0): KernelChoice {
  const [asked = "", tile] = option.split(" ");
  const family = FAMILIES.find((each) => each === asked);
  const only = TILE_NAMES.find((name) => name === tile);
  const tiles = only === undefined ? SPEEDS : { [only]: SPEEDS[only] };
  return { family: family ?? (subgroupSize < 4 ? "tiled" : "subgroup"), tiles, cores: CORES };
}

/** Whether a value read from outside can be used. */
export function isTuning(value: unknown): value is Tuning {
  if (!isRecord(value)) return false;
  const { choice, rates, sources } = value;
  if (!isRecord(choice) || !isRecord(rates) || typeof sources !== "string") return false;
  const { family, tiles, cores } = choice;
  if (!isRecord(tiles)) return false;
  const known = Object.keys(tiles).every((name) => TILE_NAMES.some((each) => each === name));
  const speeds = Object.values(tiles);
  return (
    FAMILIES.some((each) => each === family) &&
    known &&
    (speeds.length > 0 || family !== "workgroup") &&
    [...speeds, cores, ...Object.keys(DEFAULT_RATES).map((name) => rates[name])].every(isPositive)
  );
}

const isPositive = (x: unknown): boolean => typeof x === "number" && x > 0 && Number.isFinite(x);

const isRecord = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === "object" && x !== null;
