// out[o, i, j] = x[o, i - before, j], or 0 outside of x; axes before and behind are merged.
//: use lib/index.wgsl
struct Params {
  total: u32,
  size: u32,
  padded: u32,
  inner: u32,
  before: u32,
}
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let at = linear_group(wid, groups) * 64u + thread;
  if (at >= params.total) {
    return;
  }
  let inner = at % params.inner;
  let rest = at / params.inner;
  // Wraps to a large number in front of x, so that one comparison serves both ends.
  let i = rest % params.padded - params.before;
  var value = 0.0;
  if (i < params.size) {
    value = x[((rest / params.padded) * params.size + i) * params.inner + inner];
  }
  out[at] = value;
}
