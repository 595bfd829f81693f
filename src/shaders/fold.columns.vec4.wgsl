// Joins terms over axes where the outputs are neighbours: a thread takes four outputs, and one chunk
// of their terms → out [chunks, outputs]. Outputs and strides of the uniform block are counted in
// fours.
// In4, Out4: how four elements of x and of the result lie in the buffers.
//: use lib/store.wgsl
//: use lib/index.wgsl
//: use lib/ieee.wgsl
//: use lib/fold_fours.wgsl
//: use lib/sum_axes.wgsl
@group(0) @binding(0) var<storage, read> x: array<In4>;
@group(0) @binding(1) var<storage, read_write> out: array<Out4>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let i = linear_group(wid, groups) * 64u + thread;
  if (i >= params.outputs * params.chunks) {
    return;
  }
  let base = kept_offset(params, i % params.outputs);
  let begin = i / params.outputs * params.chunk;
  let end = min(begin + params.chunk, params.terms);
  var value = vec4f(params.neutral);
  var place = summed_place(params, begin);
  var t = begin;
  if (ONE_AXIS) {
    for (; t + 3 < end; t += 4) {
      value = join_steps(value, base, t, 1);
    }
    place = summed_place(params, t);
  }
  for (; t < end; t += 1u) {
    value = join_fours(value, vec4f(x[base + summed_offset(params, place)]));
    place = summed_walk(params, place, vec3u(0u, 0u, 1u));
  }
  out[i] = Out4(value);
}
