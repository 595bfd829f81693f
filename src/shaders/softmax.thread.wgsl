// y = exp(x - max x) / sum exp(x - max x) over rows, one thread per row: for many rows.
//: use lib/index.wgsl
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
  let row = linear_group(wid, groups) * 64u + thread;
  if (row >= params.rows) {
    return;
  }
  let begin = row * params.cols;
  let end = begin + params.cols;
  var largest = x[begin];
  for (var i = begin + 1u; i < end; i += 1u) {
    largest = max(largest, x[i]);
  }
  var sum = 0.0;
  for (var i = begin; i < end; i += 1u) {
    let e = exp(x[i] - largest);
    out[i] = e;
    sum += e;
  }
  let scale = 1.0 / sum;
  for (var i = begin; i < end; i += 1u) {
    out[i] *= scale;
  }
}
