const MAX_GROUPS = 65535;

/** Folds a linear number of groups: the kernel's index is `wid.x + wid.y * num_workgroups.x`. */
export function foldGroups(groups: number): readonly [number, number, number] {
  if (groups <= MAX_GROUPS) return [groups, 1, 1];
  const y = Math.ceil(groups / MAX_GROUPS);
  return [Math.ceil(groups / y), y, 1];
}

/**
 * Workgroups among which many small items are divided, at most. A GPU is full with a million threads; on
 * a processor a workgroup costs more to start than to run (adding 4 M numbers on lavapipe: 15 ms with
 * 16,384 workgroups, 8 with 256; 44 and 32 on SwiftShader).
 */
export function spreadOf(software = false): number {
  return software ? 64 : 16_384;
}
