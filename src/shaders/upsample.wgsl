// out[r * scale + a, c * scale + b] = x[r, c] for a, b < scale: one thread per pixel of x. Pictures
// and channels are merged into rows.
//: use lib/store.wgsl
//: use lib/index.wgsl
struct Params {
  total: u32,
  width: u32,
  scale: u32,
}
@group(0) @binding(0) var<storage, read> x: array<Store>;
@group(0) @binding(1) var<storage, read_write> out: array<Store>;
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
  let wide = params.width * params.scale;
  let corner = at / params.width * params.scale * wide + at % params.width * params.scale;
  let value = x[at];
  for (var a = 0u; a < params.scale; a += 1u) {
    for (var b = 0u; b < params.scale; b += 1u) {
      out[corner + a * wide + b] = value;
    }
  }
}
