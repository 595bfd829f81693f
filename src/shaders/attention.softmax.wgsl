// out = softmax(x + mask) over rows, one row of mask for every `shared_by` rows of x.
//: use lib/store.wgsl
//: use lib/index.wgsl
//: use lib/row_reduce.wgsl
struct Params {
  rows: u32,
  cols: u32,
  shared_by: u32,
}
@group(0) @binding(0) var<storage, read> x: array<Store>;
@group(0) @binding(1) var<storage, read> mask: array<Store>;
@group(0) @binding(2) var<storage, read_write> out: array<Store>;
@group(0) @binding(3) var<uniform> params: Params;
override MASKED: bool = false;

fn score(at: u32, mask_at: u32) -> f32 {
  if (MASKED) {
    return f32(x[at]) + f32(mask[mask_at]);
  }
  return f32(x[at]);
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = linear_group(wid, groups) * (WORKGROUP / THREADS) + thread / THREADS;
  let base = row * params.cols;
  let shift = row / params.shared_by * params.cols;
  // Past the last row there is nothing to visit. (A return would leave the barriers behind.)
  let end = select(0u, params.cols, row < params.rows);
  var largest = -3.4028234e38;
  for (var c = thread % THREADS; c < end; c += THREADS) {
    largest = max(largest, score(base + c, shift + c));
  }
  largest = row_max(largest, thread);
  var sum = 0.0;
  for (var c = thread % THREADS; c < end; c += THREADS) {
    let e = exp(score(base + c, shift + c) - largest);
    out[base + c] = Store(e);
    sum += e;
  }
  let scale = 1.0 / row_sum(sum, thread);
  for (var c = thread % THREADS; c < end; c += THREADS) {
    out[base + c] = Store(f32(out[base + c]) * scale);
  }
}
