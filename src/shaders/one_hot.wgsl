// out[i, c] = 1 where c = ids[i], 0 elsewhere.
//: use lib/index.wgsl
struct Params {
  total: u32,
  depth: u32,
}
@group(0) @binding(0) var<storage, read> ids: array<u32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let at = linear_group(wid, groups) * 64u + thread;
  if (at < params.total) {
    out[at] = select(0.0, 1.0, ids[at / params.depth] == at % params.depth);
  }
}
