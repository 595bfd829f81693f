// y = exp(x - max x) / sum exp(x - max x) over rows, or its logarithm; one workgroup per row.
//: use lib/store.wgsl
//: use lib/ieee.wgsl
//: use lib/index.wgsl
//: use lib/reduce.wgsl
struct Params {
  rows: u32,
  cols: u32,
}
override LOG: bool = false;
@group(0) @binding(0) var<storage, read> x: array<Store>;
@group(0) @binding(1) var<storage, read_write> out: array<Store>;
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
  let base = row * params.cols;
  var largest = -3.4028234e38;
  for (var c = thread; c < params.cols; c += GROUP) {
    largest = max(largest, f32(x[base + c]));
  }
  largest = group_max(largest, thread);
  var sum = 0.0;
  for (var c = thread; c < params.cols; c += GROUP) {
    let e = exp_or_nan(f32(x[base + c]) - largest);
    if (!LOG) {
      out[base + c] = Store(e);
    }
    sum += e;
  }
  sum = group_sum(sum, thread);
  let scale = 1.0 / sum;
  let shift = log_or_nan(sum);
  for (var c = thread; c < params.cols; c += GROUP) {
    if (LOG) {
      out[base + c] = Store((f32(x[base + c]) - largest) - shift);
    } else {
      out[base + c] = Store(f32(out[base + c]) * scale);
    }
  }
}
