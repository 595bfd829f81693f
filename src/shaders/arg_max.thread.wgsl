// out = the number of the chosen term, one thread per output: for few terms or many outputs.
// `beats` is the function of the op's page: fn beats(a: f32, b: f32) -> bool.
//: use lib/index.wgsl
//: use lib/arg_max.wgsl
//: use lib/sum_axes.wgsl
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;
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
  var choice = Choice(x[base], 0u);
  var place = summed_place(params, 1u);
  for (var t = 1u; t < params.terms; t += 1u) {
    choice = chosen(choice, Choice(x[base + summed_offset(params, place)], t));
    place = summed_walk(params, place, vec3u(0u, 0u, 1u));
  }
  out[i] = choice.term;
}
