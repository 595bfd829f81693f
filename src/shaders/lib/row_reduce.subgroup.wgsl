// lib/row_reduce.wgsl where the threads that share a row are one subgroup, or one thread: nobody waits, and a
// software adapter compiles no barrier.
enable subgroups;
override THREADS: u32 = 64u;
override WORKGROUP: u32 = 64u;

fn row_sum(value: f32, thread: u32) -> f32 {
  if (THREADS == 1u) {
    return value;
  }
  return subgroupAdd(value);
}

fn row_max(value: f32, thread: u32) -> f32 {
  if (THREADS == 1u) {
    return value;
  }
  return subgroupMax(value);
}
