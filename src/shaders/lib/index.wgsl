// The index of a workgroup in a grid that was folded to two dimensions.
fn linear_group(wid: vec3u, groups: vec3u) -> u32 {
  return wid.x + wid.y * groups.x;
}
