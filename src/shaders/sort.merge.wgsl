// Merges neighbouring sorted runs: an element's place is its place in its own run and the number of
// elements of the other run that stand before it, found by bisection.
//: use lib/index.wgsl
//: use lib/sort_key.wgsl
struct Params {
  total: u32,
  cols: u32,
  run: u32,
}
@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read> order: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<u32>;
@group(0) @binding(3) var<uniform> params: Params;

fn pair_at(base: u32, at: u32) -> vec2u {
  let place = order[base + at];
  return vec2u(sort_key(x[base + place]), place);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let flat = linear_group(wid, groups) * 64u + thread;
  if (flat >= params.total) {
    return;
  }
  let at = flat % params.cols;
  let base = flat - at;
  let own = pair_at(base, at);
  let other = min(((at / params.run) ^ 1u) * params.run, params.cols);
  var low = other;
  var high = min(other + params.run, params.cols);
  while (low < high) {
    let middle = (low + high) / 2u;
    if (before(pair_at(base, middle), own)) {
      low = middle + 1u;
    } else {
      high = middle;
    }
  }
  let merged = at - at % (2u * params.run);
  out[base + merged + at % params.run + low - other] = own.y;
}
