// y = exp(x - max x) / sum exp(x - max x) over rows, or its logarithm; one thread per row, four
// columns at a time. Maximum and sum are found in one pass (Milakov and Gimelshein, 2018): when the
// maximum m grows to n, the sum so far is multiplied by exp(m - n).
//: use lib/store.wgsl
//: use lib/ieee.wgsl
//: use lib/index.wgsl
//: use lib/truth.wgsl
struct Params {
  rows: u32,
  cols: u32,
}
override LOG: bool = false;
@group(0) @binding(0) var<storage, read> x: array<Store4>;
@group(0) @binding(1) var<storage, read_write> out: array<Store4>;
@group(0) @binding(2) var<uniform> params: Params;

fn exp4_or_nan(v: vec4f) -> vec4f {
  return select(exp(v), v, nan4(v));
}

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
  var m = vec4f(-3.4028234e38);
  var sums = vec4f();
  for (var i = begin; i < end; i += 1u) {
    let v = vec4f(x[i]);
    let n = max(m, v);
    sums = sums * exp(m - n) + exp4_or_nan(v - n);
    m = n;
  }
  let largest = max(max(m.x, m.y), max(m.z, m.w));
  let sum = dot(sums, exp(m - largest));
  let scale = 1.0 / sum;
  let shift = log_or_nan(sum);
  for (var i = begin; i < end; i += 1u) {
    let d = vec4f(x[i]) - largest;
    if (LOG) {
      out[i] = Store4(d - shift);
    } else {
      out[i] = Store4(exp4_or_nan(d) * scale);
    }
  }
}
