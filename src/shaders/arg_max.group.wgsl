// out = the number of the chosen term among the terms of a chunk, one workgroup per chunk.
// `beats` is the function of the op's page: fn beats(a: f32, b: f32) -> bool.
//: use lib/index.wgsl
//: use lib/arg_max.group.wgsl
//: use lib/sum_axes.wgsl
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;
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
  let step = summed_place(params, GROUP);
  // A thread without terms of its own stands for the chunk's first one.
  let first = summed_place(params, begin);
  var choice = Choice(x[base + summed_offset(params, first)], begin);
  var place = summed_place(params, begin + thread);
  for (var t = begin + thread; t < end; t += GROUP) {
    choice = chosen(choice, Choice(x[base + summed_offset(params, place)], t));
    place = summed_walk(params, place, step);
  }
  choice = group_choice(choice, thread);
  if (thread == 0u) {
    out[i] = choice.term;
  }
}
