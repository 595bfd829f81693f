// out[i, c] = weight[ids[i], c]; an id past the end reads the last row.
//: use lib/index.wgsl
struct Params {
  count: u32,
  rows: u32,
  cols: u32,
}
@group(0) @binding(0) var<storage, read> weight: array<f32>;
@group(0) @binding(1) var<storage, read> ids: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let at = linear_group(wid, groups) * 64u + thread;
  if (at >= params.count * params.cols) {
    return;
  }
  let row = min(ids[at / params.cols], params.rows - 1u);
  out[at] = weight[row * params.cols + at % params.cols];
}
