// out = the number of the chosen term among those that were chosen in each chunk, one workgroup per
// output. `beats` is the function of the op's page: fn beats(a: f32, b: f32) -> bool.
//: use lib/index.wgsl
//: use lib/arg_max.group.wgsl
//: use lib/sum_axes.wgsl
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> terms: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<u32>;
@group(0) @binding(3) var<uniform> params: Params;

fn choice_of(base: u32, i: u32) -> Choice {
  let term = terms[i];
  return Choice(x[base + summed_offset(params, summed_place(params, term))], term);
}

@compute @workgroup_size(GROUP)
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
  let first = i * params.chunks;
  var choice = choice_of(base, first);
  for (var c = thread; c < params.chunks; c += GROUP) {
    choice = chosen(choice, choice_of(base, first + c));
  }
  choice = group_choice(choice, thread);
  if (thread == 0u) {
    out[i] = choice.term;
  }
}
