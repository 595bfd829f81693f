// out = the largest pixel of each window, one thread per window.
//: use lib/store.wgsl
//: use lib/index.wgsl
//: use lib/max_pool.wgsl
@group(0) @binding(0) var<storage, read> x: array<Store>;
@group(0) @binding(1) var<storage, read_write> out: array<Store>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let window = linear_group(wid, groups) * 64u + thread;
  if (window < params.total) {
    out[window] = Store(largest(window).value);
  }
}
