// Joins terms over axes, one workgroup per chunk of an output's terms: for many terms.
// `join` is the function of the family's page: fn join(a: f32, b: f32) -> f32.
// In and Out: how elements lie in the buffers, Store or f32 (autograd/reduction.ts).
//: use lib/store.wgsl
//: use lib/index.wgsl
//: use lib/ieee.wgsl
//: use lib/fold.wgsl
//: use lib/sum_axes.wgsl
@group(0) @binding(0) var<storage, read> x: array<In>;
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
  var value = params.neutral;
  let step = summed_place(params, GROUP);
  var place = summed_place(params, begin + thread);
  for (var t = begin + thread; t < end;) {
    let stop = min(t + RUN * GROUP, end);
    var part = params.neutral;
    for (; t < stop; t += GROUP) {
      part = join(part, f32(x[base + summed_offset(params, place)]));
      place = summed_walk(params, place, step);
    }
    value = join(value, part);
  }
  value = group_fold(value, thread);
  if (thread == 0u) {
    out[i] = Out(value);
  }
}
