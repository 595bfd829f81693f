// out = p * (dp - <dp, p>) over rows, THREADS threads per row: the derivative of a softmax from its
// result p.
//: use lib/index.wgsl
//: use lib/row_reduce.wgsl
struct Params {
  rows: u32,
  cols: u32,
}
@group(0) @binding(0) var<storage, read> p: array<StoreLanes>;
@group(0) @binding(1) var<storage, read> dp: array<StoreLanes>;
@group(0) @binding(2) var<storage, read_write> out: array<StoreLanes>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = linear_group(wid, groups) * (WORKGROUP / THREADS) + thread / THREADS;
  let base = row * params.cols;
  let end = select(0u, params.cols, row < params.rows);
  var products = Lanes(0.0);
  for (var c = thread % THREADS; c < end; c += THREADS) {
    products += Lanes(p[base + c]) * Lanes(dp[base + c]);
  }
  let along = row_sum(lane_sum(products), thread);
  for (var c = thread % THREADS; c < end; c += THREADS) {
    out[base + c] = StoreLanes(Lanes(p[base + c]) * (Lanes(dp[base + c]) - along));
  }
}
