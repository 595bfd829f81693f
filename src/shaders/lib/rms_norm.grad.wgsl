// out = r * (g - xhat * mean(g * xhat)), r = 1 / sqrt(mean x^2 + eps), xhat = r * x, g = weight * dy
// over rows, THREADS threads per row.
//: use lib/index.wgsl
//: use lib/row_reduce.wgsl
//: use lib/rms_norm.wgsl
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
  let r = scale_of(row, thread);
  var along = Lanes(0.0);
  for (var i = row.first; i < row.end; i += THREADS) {
    along += weight_of(i) * dy[row.base + i] * (x[row.base + i] * r);
  }
  let mean_along = row_sum(lane_sum(along), thread) / f32(params.cols * LANES);
  for (var i = row.first; i < row.end; i += THREADS) {
    let xhat = x[row.base + i] * r;
    out[row.base + i] = r * (weight_of(i) * dy[row.base + i] - xhat * mean_along);
  }
}
