// y = h * gelu(g) for x = [h, g] along the last axis, four elements per thread.
//: use lib/store.wgsl
//: use lib/index.wgsl
//: use lib/special.wgsl
struct Params {
  rows: u32,
  // Vectors in a row of y: half of those in a row of x.
  half: u32,
}
@group(0) @binding(0) var<storage, read> x: array<Store4>;
@group(0) @binding(1) var<storage, read_write> out: array<Store4>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let i = linear_group(wid, groups) * 64u + thread;
  if (i >= params.rows * params.half) {
    return;
  }
  let at = i + (i / params.half) * params.half;
  let g = vec4f(x[at + params.half]);
  out[i] = Store4(vec4f(x[at]) * g * normal_cdf(g));
}
