// out[i, j] = dy[i] (softmax(logits)[i, j] - [j = targets[i]]), one thread per row.
//: use lib/index.wgsl
//: use lib/log_sum_exp.wgsl
struct Params {
  rows: u32,
  cols: u32,
}
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> targets: array<u32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

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
  let base = row * params.cols;
  let total = log_sum_exp(base, params.cols);
  let chosen = min(targets[row], params.cols - 1u);
  for (var c = 0u; c < params.cols; c++) {
    let p = exp(logits[base + c] - total.largest) / total.sum;
    out[base + c] = dy[row] * (p - select(0.0, 1.0, c == chosen));
  }
}
