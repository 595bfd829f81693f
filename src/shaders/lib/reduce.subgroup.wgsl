// lib/reduce.wgsl where the workgroup is one subgroup: nobody waits, and a software adapter compiles no
// barrier.
enable subgroups;
override GROUP: u32 = 64u;

fn group_sum(value: f32, thread: u32) -> f32 {
  return subgroupAdd(value);
}

fn group_max(value: f32, thread: u32) -> f32 {
  return subgroupMax(value);
}
