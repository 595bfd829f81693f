// out = m + log sum exp(x - m), m = max x, over axes; one workgroup per chunk of an output's terms.
// Where m is infinite nothing is taken off, and exp and log give what IEEE says.
// In and Out: how elements lie in the buffers, Store or f32 (autograd/reduction.ts).
//: use lib/store.wgsl
//: use lib/index.wgsl
//: use lib/log_of_sum.wgsl
//: use lib/reduce.wgsl
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
  let step = summed_place(params, GROUP);
  let first = summed_place(params, begin + thread);
  var largest = params.neutral;
  var place = first;
  for (var t = begin + thread; t < end; t += GROUP) {
    largest = max(largest, f32(x[base + summed_offset(params, place)]));
    place = summed_walk(params, place, step);
  }
  largest = group_max(largest, thread);
  let shift = select(largest, 0.0, is_infinite(largest));
  var sum = 0.0;
  place = first;
  for (var t = begin + thread; t < end; t += GROUP) {
    sum += exp_or_nan(f32(x[base + summed_offset(params, place)]) - shift);
    place = summed_walk(params, place, step);
  }
  sum = group_sum(sum, thread);
  if (thread == 0u) {
    out[i] = Out(shift + log_of_sum(sum, largest));
  }
}
