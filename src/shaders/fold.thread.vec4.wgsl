// As fold.thread.wgsl, where the terms of an output are neighbours: four at a time. Sizes and strides of
// the uniform block are counted in fours.
// In4: how four elements of x lie in the buffer; Out: one of the result.
//: use lib/store.wgsl
//: use lib/index.wgsl
//: use lib/ieee.wgsl
//: use lib/fold_fours.wgsl
//: use lib/sum_axes.wgsl
@group(0) @binding(0) var<storage, read> x: array<In4>;
@group(0) @binding(1) var<storage, read_write> out: array<Out>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let i = linear_group(wid, groups) * 64u + thread;
  if (i >= params.outputs) {
    return;
  }
  let base = kept_offset(params, i);
  var value = vec4f(params.neutral);
  var place = summed_place(params, 0u);
  for (var t = 0u; t < params.terms;) {
    let stop = min(t + RUN, params.terms);
    var part = vec4f(params.neutral);
    if (ONE_AXIS) {
      for (; t + 3 < stop; t += 4) {
        part = join_steps(part, base, t, 1);
      }
      place = summed_place(params, t);
    }
    for (; t < stop; t += 1u) {
      part = join_fours(part, vec4f(x[base + summed_offset(params, place)]));
      place = summed_walk(params, place, vec3u(0u, 0u, 1u));
    }
    value = join_fours(value, part);
  }
  out[i] = Out(join_one(value));
}
