// out[n, c] = sum over pixels of g and of g * xhat, g = dy before the activation: the gradients of
// bias and weight for each picture. One workgroup per group; its threads are dealt out to channels,
// `shares` for each, so that all channels meet at one barrier.
//: use lib/index.wgsl
//: use lib/row_reduce.wgsl
//: use lib/group_norm.wgsl
@group(0) @binding(0) var<storage, read> x: array<Lanes>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read> dy: array<Lanes>;
@group(0) @binding(4) var<storage, read_write> out: array<vec2f>;
@group(0) @binding(5) var<uniform> params: Params;

var<workgroup> parts: array<vec2f, WORKGROUP>;

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
  let shares = max(1u, THREADS / params.channels);
  let at_once = THREADS / shares;
  for (var c0 = 0u; c0 < params.channels; c0 += at_once) {
    let c = min(c0 + thread / shares, params.channels - 1u);
    let row = base + c * params.pixels;
    let w = weight[first + c];
    let b = bias[first + c];
    var sum = Lanes(0.0);
    var along = Lanes(0.0);
    for (var i = thread % shares; i < params.pixels; i += shares) {
      let xhat = (x[row + i] - m.x) * m.y;
      let g = before_activation(dy[row + i], xhat * w + b);
      sum += g;
      along += g * xhat;
    }
    parts[thread] = vec2f(lane_sum(sum), lane_sum(along));
    workgroupBarrier();
    if (thread < at_once && c0 + thread < params.channels) {
      var total = vec2f(0.0);
      for (var s = 0u; s < shares; s += 1u) {
        total += parts[thread * shares + s];
      }
      out[group * params.channels + c0 + thread] = total;
    }
    workgroupBarrier();
  }
}
