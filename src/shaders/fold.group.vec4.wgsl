// As fold.group.wgsl, where the terms of an output are neighbours: four at a time. Sizes and strides of
// the uniform block are counted in fours.
// In4: how four elements of x lie in the buffer; Out: one of the result.
//: use lib/store.wgsl
//: use lib/index.wgsl
//: use lib/ieee.wgsl
//: use lib/fold.wgsl
//: use lib/fold_fours.wgsl
//: use lib/sum_axes.wgsl
@group(0) @binding(0) var<storage, read> x: array<In4>;
@group(0) @binding(1) var<storage, read_write> out: array<Out>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(GROUP)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let i = linear_group(wid, groups);
  if (i >= params.outputs * params.chunks) {
    return;
  }
  let base = kept_offset(params, i / params.chunks);
  let begin = i % params.chunks * params.chunk;
  let end = min(begin + params.chunk, params.terms);
  var value = vec4f(params.neutral);
  let step = summed_place(params, GROUP);
  var place = summed_place(params, begin + thread);
  for (var t = begin + thread; t < end;) {
    let stop = min(t + RUN * GROUP, end);
    var part = vec4f(params.neutral);
    if (ONE_AXIS) {
      for (; t + 3 * GROUP < stop; t += 4 * GROUP) {
        part = join_steps(part, base, t, GROUP);
      }
      place = summed_place(params, t);
    }
    for (; t < stop; t += GROUP) {
      part = join_fours(part, vec4f(x[base + summed_offset(params, place)]));
      place = summed_walk(params, place, step);
    }
    value = join_fours(value, part);
  }
  let all = group_fold(join_one(value), thread);
  if (thread == 0u) {
    out[i] = Out(all);
  }
}
