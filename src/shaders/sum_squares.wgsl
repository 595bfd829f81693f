// out[row] = the sum of x² over a row of `cols` elements, one workgroup per row; the last row may be
// cut short by `total`.
//: use lib/index.wgsl
//: use lib/reduce.wgsl
struct Params {
  rows: u32,
  cols: u32,
  total: u32,
}
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(GROUP)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = linear_group(wid, groups);
  if (row >= params.rows) {
    return;
  }
  let end = min((row + 1u) * params.cols, params.total);
  var sum = 0.0;
  for (var i = row * params.cols + thread; i < end; i += GROUP) {
    sum = fma(x[i], x[i], sum);
  }
  let total = group_sum(sum, thread);
  if (thread == 0u) {
    out[row] = total;
  }
}
