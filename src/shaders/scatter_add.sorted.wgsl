// out[o, s, i] = sum of src[o, k, i] over the k whose index is s, in the order of k. Those k stand
// together in `order`, from `starts` of s to that of s + 1. With SHARED all (o, i) have one line.
//: use lib/items.wgsl
struct Params {
  total: u32,
  size: u32,
  count: u32,
  inner: u32,
}
override SHARED: bool = false;
@group(0) @binding(0) var<storage, read> src: array<f32>;
@group(0) @binding(1) var<storage, read> order: array<u32>;
@group(0) @binding(2) var<storage, read> starts: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

fn items() -> u32 { return params.total; }

fn item(at: u32) {
  let i = at % params.inner;
  let rest = at / params.inner;
  let s = rest % params.size;
  let o = rest / params.size;
  let line = select(o * params.inner + i, 0u, SHARED);
  var end = params.count;
  if (s + 1u < params.size) {
    end = starts[line * params.size + s + 1u];
  }
  var sum = 0.0;
  for (var j = starts[line * params.size + s]; j < end; j += 1u) {
    sum += src[(o * params.count + order[line * params.count + j]) * params.inner + i];
  }
  out[at] = sum;
}
