// out = f(x), four elements per thread.
// `f` is the function of the family's page: fn f(x: vec4f) -> vec4f.
//: use lib/index.wgsl
//: use lib/special.wgsl
struct Params {
  vectors: u32,
}
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let i = linear_group(wid, groups) * 64u + thread;
  if (i < params.vectors) {
    out[i] = f(x[i]);
  }
}
