// out[r, c] = scale * sum over a, b < size of x[r * size + a, c * size + b]: one thread per block.
// Pictures and channels are merged into rows.
//: use lib/store.wgsl
//: use lib/index.wgsl
struct Params {
  total: u32,
  width: u32,
  size: u32,
  scale: f32,
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
  let wide = params.width * params.size;
  let corner = at / params.width * params.size * wide + at % params.width * params.size;
  var sum = 0.0;
  for (var a = 0u; a < params.size; a += 1u) {
    for (var b = 0u; b < params.size; b += 1u) {
      sum += f32(x[corner + a * wide + b]);
    }
  }
  out[at] = Store(params.scale * sum);
}
