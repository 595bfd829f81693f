// y = exp(x - max x) / sum exp(x - max x) over rows, or its logarithm; one thread per row: for
// many rows.
//: use lib/store.wgsl
//: use lib/ieee.wgsl
//: use lib/index.wgsl
struct Params {
  rows: u32,
  cols: u32,
}
override LOG: bool = false;
@group(0) @binding(0) var<storage, read> x: array<Store>;
@group(0) @binding(1) var<storage, read_write> out: array<Store>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = linear_group(wid, groups) * 64u + thread;
  if (row >= params.rows) {
    return;
  }
  let begin = row * params.cols;
  let end = begin + params.cols;
  var largest = f32(x[begin]);
  for (var i = begin + 1u; i < end; i += 1u) {
    largest = max(largest, f32(x[i]));
  }
  var sum = 0.0;
  for (var i = begin; i < end; i += 1u) {
    let e = exp_or_nan(f32(x[i]) - largest);
    if (!LOG) {
      out[i] = Store(e);
    }
    sum += e;
  }
  let scale = 1.0 / sum;
  let shift = log_or_nan(sum);
  for (var i = begin; i < end; i += 1u) {
    if (LOG) {
      out[i] = Store((f32(x[i]) - largest) - shift);
    } else {
      out[i] = Store(f32(out[i]) * scale);
    }
  }
}
