// out[row] = argmax over c of logits[row, c] + Gumbel noise, one workgroup per row; of equal scores
// the first. Scores are whole numbers, in units of 2^-20 bits, so that adapters cannot disagree.
//   −log2 of an exponential number E,   E = −log2 u,   u = (2 r + 1) / 2^25,   r of 24 random bits
//: use lib/index.wgsl
//: use lib/threefry.wgsl
//: use lib/fixed_log.wgsl
struct Params {
  rows: u32,
  cols: u32,
  key_0: u32,
  key_1: u32,
  stream: u32,
}
const GROUP: u32 = 64u;
const IMPOSSIBLE: i32 = -0x7fffffff;
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;
var<workgroup> tops: array<f32, GROUP>;
var<workgroup> scores: array<i32, GROUP>;
var<workgroup> places: array<u32, GROUP>;

// `below` is the distance from the row's largest logit; past −700 nothing can make up for it.
fn score(below: f32, element: u32) -> i32 {
  if (!(below > -700.0)) {
    return IMPOSSIBLE;
  }
  let r = threefry(vec2u(params.key_0, params.key_1), vec2u(element, params.stream)).x >> 8u;
  let exponential = (25u << 26u) - fixed_log2(2u * r + 1u);
  return i32(floor(below * 1.4426950408889634 * 1048576.0)) - i32(fixed_log2(exponential) >> 6u);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = linear_group(wid, groups);
  let cols = select(0u, params.cols, row < params.rows);
  let base = row * params.cols;
  var top = -3.4028234e38;
  for (var c = thread; c < cols; c += GROUP) {
    top = max(top, logits[base + c]);
  }
  tops[thread] = top;
  workgroupBarrier();
  for (var i = 0u; i < GROUP; i += 1u) {
    top = max(top, tops[i]);
  }
  var best = IMPOSSIBLE;
  var place = thread;
  for (var c = thread; c < cols; c += GROUP) {
    let s = score(logits[base + c] - top, base + c);
    if (s > best) {
      best = s;
      place = c;
    }
  }
  scores[thread] = best;
  places[thread] = place;
  workgroupBarrier();
  if (thread == 0u && row < params.rows) {
    for (var i = 1u; i < GROUP; i += 1u) {
      if (scores[i] > best || (scores[i] == best && places[i] < place)) {
        best = scores[i];
        place = places[i];
      }
    }
    out[row] = place;
  }
}
