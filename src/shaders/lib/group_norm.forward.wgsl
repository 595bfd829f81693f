// out = (x - mean) / sqrt(var + eps) * weight + bias, then SiLU if asked; one workgroup per group.
//: use lib/index.wgsl
//: use lib/row_reduce.wgsl
//: use lib/group_norm.wgsl
@group(0) @binding(0) var<storage, read> x: array<StoreLanes>;
@group(0) @binding(1) var<storage, read> weight: array<Store>;
@group(0) @binding(2) var<storage, read> bias: array<Store>;
@group(0) @binding(3) var<storage, read_write> out: array<StoreLanes>;
@group(0) @binding(4) var<uniform> params: Params;

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
  for (var c = 0u; c < params.channels; c += 1u) {
    let scale = m.y * f32(weight[first + c]);
    let shift = f32(bias[first + c]);
    let row = base + c * params.pixels;
    for (var i = row + thread; i < row + params.pixels; i += THREADS) {
      let y = (Lanes(x[i]) - m.x) * scale + shift;
      if (SILU) {
        out[i] = StoreLanes(y / (1.0 + exp(-y)));
      } else {
        out[i] = StoreLanes(y);
      }
    }
  }
}
