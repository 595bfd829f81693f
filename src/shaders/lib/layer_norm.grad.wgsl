// out = rstd * (g - mean g - xhat * mean(g * xhat)), g = weight * dy, THREADS threads per row.
//: use lib/index.wgsl
//: use lib/row_reduce.wgsl
//: use lib/layer_norm.wgsl
@group(0) @binding(0) var<storage, read> x: array<Lanes>;
@group(0) @binding(1) var<storage, read> weight: array<Lanes>;
@group(0) @binding(2) var<storage, read> dy: array<Lanes>;
@group(0) @binding(3) var<storage, read_write> out: array<Lanes>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = row_of(linear_group(wid, groups), thread);
  let m = moments(row, thread);
  var sum = Lanes(0.0);
  var along = Lanes(0.0);
  for (var i = row.first; i < row.end; i += THREADS) {
    let g = weight[i] * dy[row.base + i];
    sum += g;
    along += g * (x[row.base + i] - m.x) * m.y;
  }
  let size = f32(params.cols * LANES);
  let mean_g = row_sum(lane_sum(sum), thread) / size;
  let mean_along = row_sum(lane_sum(along), thread) / size;
  for (var i = row.first; i < row.end; i += THREADS) {
    let xhat = (x[row.base + i] - m.x) * m.y;
    out[row.base + i] = m.y * (weight[i] * dy[row.base + i] - mean_g - xhat * mean_along);
  }
}
