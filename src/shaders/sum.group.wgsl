// Sum over axes, one workgroup per output: for long sums.
//: use lib/index.wgsl
//: use lib/reduce.wgsl
//: use lib/sum_axes.wgsl
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let i = linear_group(wid, groups);
  if (i >= params.outputs) {
    return;
  }
  let base = kept_offset(params, i);
  var sum = 0.0;
  let step = summed_place(params, GROUP);
  var place = summed_place(params, thread);
  for (var t = thread; t < params.terms; t += GROUP) {
    sum += x[base + summed_offset(params, place)];
    place = summed_walk(params, place, step);
  }
  let total = group_sum(sum, thread);
  if (thread == 0u) {
    out[i] = total;
  }
}
