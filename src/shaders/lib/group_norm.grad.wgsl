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
  for (var c = 0u; c < params.channels; c += 1u) {
    let w = weight[first + c];
    let b = bias[first + c];
    let row = base + c * params.pixels;
    for (var i = row + thread; i < row + params.pixels; i += THREADS) {
      let xhat = (x[i] - m.x) * m.y;
      let g = w * before_activation(dy[i], xhat * w + b);
      out[i] = g;
      sum += g;
      along += g * xhat;
    }
  }
  let size = f32(count * LANES);
  let mean_g = row_sum(lane_sum(sum), thread) / size;
  let mean_along = row_sum(lane_sum(along), thread) / size;
  // The same elements as above: a thread reads what it has written itself.
  for (var c = 0u; c < params.channels; c += 1u) {
    let row = base + c * params.pixels;
    for (var i = row + thread; i < row + params.pixels; i += THREADS) {
      let xhat = (x[i] - m.x) * m.y;
      out[i] = m.y * (out[i] - mean_g - xhat * mean_along);
    }
  }
}
