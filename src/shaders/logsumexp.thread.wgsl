// out = m + log sum exp(x - m), m = max x, over axes; one thread per output.
// Where m is infinite nothing is taken off, and exp and log give what IEEE says.
// In and Out: how elements lie in the buffers, Store or f32 (autograd/reduction.ts).
//: use lib/store.wgsl
//: use lib/index.wgsl
//: use lib/log_of_sum.wgsl
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
  let step = vec3u(0u, 0u, 1u);
  var largest = params.neutral;
  var place = vec3u();
  for (var t = 0u; t < params.terms; t += 1u) {
    largest = max(largest, f32(x[base + summed_offset(params, place)]));
    place = summed_walk(params, place, step);
  }
  let shift = select(largest, 0.0, is_infinite(largest));
  var sum = 0.0;
  place = vec3u();
  for (var t = 0u; t < params.terms; t += 1u) {
    sum += exp_or_nan(f32(x[base + summed_offset(params, place)]) - shift);
    place = summed_walk(params, place, step);
  }
  out[i] = Out(shift + log_of_sum(sum, largest));
}
