// out = rstd * (g - mean g - xhat * mean(g * xhat)), g = weight * dy; one workgroup per group.
//: use lib/index.wgsl
//: use lib/row_reduce.wgsl
//: use lib/group_norm.wgsl
@group(0) @binding(0) var<storage, read> x: array<Lanes>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read> dy: array<Lanes>;
@group(0) @binding(4) var<storage, read_write> out: array<Lanes>;
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let group = linear_group(wid, groups);
  if (group >= params.groups) {
    return;
  }
  let count = params.channels * params.pixels;
  let base = group * count;
  let m = moments(base, count, thread);
  let first = (group % params.per_picture) * params.channels;
  var sum = Lanes(0.0);
  var along = Lanes(0.0);
  for (var i = thread; i < count; i += THREADS) {
    let c = first + i / params.pixels;
    let xhat = (x[base + i] - m.x) * m.y;
    let g = weight[c] * before_activation(dy[base + i], xhat * weight[c] + bias[c]);
    out[base + i] = g;
    sum += g;
    along += g * xhat;
  }
  let size = f32(count * LANES);
  let mean_g = row_sum(lane_sum(sum), thread) / size;
  let mean_along = row_sum(lane_sum(along), thread) / size;
  for (var i = thread; i < count; i += THREADS) {
    let xhat = (x[base + i] - m.x) * m.y;
    out[base + i] = m.y * (out[base + i] - mean_g - xhat * mean_along);
  }
}
