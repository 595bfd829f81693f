const MAX_GROUPS = 65535;

/** Folds a linear number of groups: the kernel's index is `wid.x + wid.y * num_workgroups.x`. */
export function foldGroups(groups: number): readonly [number, number, number] {
  if (groups <= MAX_GROUPS) return [groups, 1, 1];
  const y = Math.ceil(groups / MAX_GROUPS);
  return [Math.ceil(groups / y), y, 1];
}
