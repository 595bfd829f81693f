// out[o, s, i] = sum of src[o, k, i] over the k whose index is s, in the order of k: every element
// looks through all indices. An index past the end counts as the last.
//: use lib/items.wgsl
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

fn items() -> u32 { return params.total; }

fn item(at: u32) {
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
