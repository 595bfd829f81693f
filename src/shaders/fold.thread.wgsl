// Joins terms over axes, one thread per output: for few terms or many outputs.
// `join` is the function of the family's page: fn join(a: f32, b: f32) -> f32.
// In and Out: how elements lie in the buffers, Store or f32 (autograd/reduction.ts).
//: use lib/store.wgsl
//: use lib/index.wgsl
//: use lib/ieee.wgsl
//: use lib/sum_axes.wgsl
@group(0) @binding(0) var<storage, read> x: array<In>;
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
  var value = params.neutral;
  var place = summed_place(params, 0u);
  for (var t = 0u; t < params.terms;) {
    let stop = min(t + RUN, params.terms);
    var part = params.neutral;
    for (; t < stop; t += 1u) {
      part = join(part, f32(x[base + summed_offset(params, place)]));
      place = summed_walk(params, place, vec3u(0u, 0u, 1u));
    }
    value = join(value, part);
  }
  out[i] = Out(value);
}
