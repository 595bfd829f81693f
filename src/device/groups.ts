const MAX_GROUPS = 65535;

/** Folds a linear number of groups: the kernel's index is `wid.x + wid.y * num_workgroups.x`. */
export function foldGroups(groups: number): readonly [number, number, number] {
  if (groups <= MAX_GROUPS) return [groups, 1, 1];
  const y = Math.ceil(groups / MAX_GROUPS);
  return [Math.ceil(groups / y), y, 1];
}

/** Threads of a workgroup in lib/items.wgsl. */
const THREADS = 64;
/** Workgroups that fill every GPU. */
const MANY = 16_384;
const FEW = 64;
/** Items of a workgroup on a processor, at least. */
const SHARE = 2048;

/**
 * Among how many workgroups small items are divided. On a processor a workgroup costs more to start than
 * to run: adding 4 M numbers on lavapipe takes 15 ms with 16,384 workgroups, 8 with 64 (on SwiftShader
 * 44 and 32); and to wake other threads costs more than a copy of 32 KB.
 */
export function itemGroups(items: number, software: boolean): number {
  const [share, most] = software ? [SHARE, FEW] : [THREADS, MANY];
  return Math.min(most, Math.ceil(items / share));
}

interface Adapter {
  readonly software?: boolean;
  readonly subgroupSize?: number | undefined;
}

/**
 * Threads of a workgroup that joins its values. On a processor one subgroup: threads that run in one
 * instruction wait for nobody (256 sums of 64 terms, with 64 threads and with a subgroup: 0.9 and 0.3 ms
 * on lavapipe, 12 and 0.7 ms on SwiftShader).
 */
export function joiningThreads({ software = false, subgroupSize = 64 }: Adapter): number {
  return software ? subgroupSize : 64;
}

/** Whether those are a subgroup, so that its own sums can join them (shaders/lib/row_reduce.subgroup.wgsl). */
export function joinsInSubgroup({ software = false, subgroupSize }: Adapter): boolean {
  return software && subgroupSize !== undefined;
}
