// out_k = x_0 + ... + x_k along lines, or x_k + ... in reverse; one workgroup per chunk of a line.
// Each thread sums a segment, learns the sum of all segments before its own, and walks its own again.
// `before` [lines, chunks] holds the cumulative sums of whole chunks; it is not read when there is one.
//: use lib/index.wgsl
//: use lib/cumsum.wgsl
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> before: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const GROUP: u32 = 64u;
const PART: u32 = 8u;
var<workgroup> segments: array<f32, GROUP>;
var<workgroup> parts: array<f32, GROUP / PART>;

// The sum of the values of all threads before this one.
fn sum_before(value: f32, thread: u32) -> f32 {
  segments[thread] = value;
  workgroupBarrier();
  if (thread < GROUP / PART) {
    var part = 0.0;
    for (var i = 0u; i < PART; i += 1u) {
      part += segments[thread * PART + i];
    }
    parts[thread] = part;
  }
  workgroupBarrier();
  var sum = 0.0;
  for (var i = 0u; i < thread / PART; i += 1u) {
    sum += parts[i];
  }
  for (var i = thread - thread % PART; i < thread; i += 1u) {
    sum += segments[i];
  }
  return sum;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let i = linear_group(wid, groups);
  if (i >= params.lines * params.chunks) {
    return;
  }
  let chunk = i % params.chunks;
  let begin = chunk * params.chunk;
  let end = min(begin + params.chunk, params.size);
  let base = line_offset(params, i / params.chunks);
  let each = (end - begin + GROUP - 1u) / GROUP;
  let last = min((thread + 1u) * each, end - begin);
  var sum = 0.0;
  for (var j = thread * each; j < last; j += 1u) {
    sum += x[base + element_offset(params, begin, end, j)];
  }
  var start = sum_before(sum, thread);
  if (params.reverse == 1u && chunk + 1u < params.chunks) {
    start += before[i + 1u];
  }
  if (params.reverse == 0u && chunk > 0u) {
    start += before[i - 1u];
  }
  // The segment's own sum stays apart: it is smaller, and rounds less.
  sum = 0.0;
  for (var j = thread * each; j < last; j += 1u) {
    let at = base + element_offset(params, begin, end, j);
    sum += x[at];
    out[at] = start + sum;
  }
}
