// out[v, c] = sum of dy[i, c] over the i with ids[i] = v, always in the order of i.
//: use lib/index.wgsl
struct Params {
  count: u32,
  rows: u32,
  cols: u32,
}
@group(0) @binding(0) var<storage, read> ids: array<u32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let at = linear_group(wid, groups) * 64u + thread;
  if (at >= params.rows * params.cols) {
    return;
  }
  let row = at / params.cols;
  let col = at % params.cols;
  var sum = 0.0;
  for (var i = 0u; i < params.count; i += 1u) {
    if (min(ids[i], params.rows - 1u) == row) {
      sum += dy[i * params.cols + col];
    }
  }
  out[at] = sum;
}
