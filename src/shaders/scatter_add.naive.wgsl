// out[o, s, i] = sum of src[o, k, i] over the k whose index is s, in the order of k: every element
// looks through all indices. An index past the end counts as the last.
//: use lib/index.wgsl
struct Params {
  total: u32,
  size: u32,
  count: u32,
  inner: u32,
}
override SHARED: bool = false;
@group(0) @binding(0) var<storage, read> src: array<f32>;
@group(0) @binding(1) var<storage, read> index: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let at = linear_group(wid, groups) * 64u + thread;
  if (at >= params.total) {
    return;
  }
  let i = at % params.inner;
  let rest = at / params.inner;
  let s = rest % params.size;
  let first = (rest / params.size) * params.count;
  var sum = 0.0;
  for (var k = 0u; k < params.count; k += 1u) {
    let at_k = (first + k) * params.inner + i;
    if (min(index[select(at_k, k, SHARED)], params.size - 1u) == s) {
      sum += src[at_k];
    }
  }
  out[at] = sum;
}
