// A fused function, one element a thread: for innermost axes of any length. See fuse.vec4.wgsl.
//: use lib/fuse.wgsl
alias Lane = Store;

fn lane_of(at: Place, k: u32, runs: bool) -> u32 {
  return row_of(at, k) + select(0u, at.column, runs);
}

fn load(lane: Lane, at: Place, k: u32, runs: bool) -> vec4f {
  return vec4f(f32(lane));
}

fn stored(y: vec4f) -> Lane {
  return Store(y.x);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let i = linear_group(wid, groups) * 64u + thread;
  if (i < params.total) {
    fused(place_of(i));
  }
}
