// y = exp(x - max x) / sum exp(x - max x) over rows, one workgroup per row.
//: use lib/index.wgsl
//: use lib/reduce.wgsl
struct Params {
  rows: u32,
  cols: u32,
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
  let row = linear_group(wid, groups);
  if (row >= params.rows) {
    return;
  }
  let base = row * params.cols;
  var largest = -3.4028234e38;
  for (var c = thread; c < params.cols; c += GROUP) {
    largest = max(largest, x[base + c]);
  }
  largest = group_max(largest, thread);
  var sum = 0.0;
  for (var c = thread; c < params.cols; c += GROUP) {
    let e = exp(x[base + c] - largest);
    out[base + c] = e;
    sum += e;
  }
  let scale = 1.0 / group_sum(sum, thread);
  for (var c = thread; c < params.cols; c += GROUP) {
    out[base + c] *= scale;
  }
}
