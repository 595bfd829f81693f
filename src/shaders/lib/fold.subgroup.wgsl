// lib/fold.wgsl where the workgroup is one subgroup: each thread joins what its neighbour at half the distance
// holds, then at a quarter, and so on.
enable subgroups;
override GROUP: u32 = 64u;

fn group_fold(value: f32, thread: u32) -> f32 {
  var all = value;
  for (var distance = GROUP / 2u; distance > 0u; distance /= 2u) {
    all = join(all, subgroupShuffleXor(all, distance));
  }
  return all;
}
