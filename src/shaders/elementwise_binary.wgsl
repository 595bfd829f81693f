// out = f(a, b) for tensors of one shape, four elements per thread.
// `f` is the function of the family's page: fn f(a: vec4f, b: vec4f) -> vec4f.
//: use lib/index.wgsl
//: use lib/special.wgsl
struct Params {
  vectors: u32,
}
@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> b: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let i = linear_group(wid, groups) * 64u + thread;
  if (i < params.vectors) {
    out[i] = f(a[i], b[i]);
  }
}
