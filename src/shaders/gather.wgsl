// out[o, k, i] = x[o, index[o, k, i], i], or with SHARED x[o, index[k], i]; an index past the end
// reads the last element.
//: use lib/store.wgsl
//: use lib/items.wgsl
struct Params {
  total: u32,
  size: u32,
  count: u32,
  inner: u32,
}
override SHARED: bool = false;
@group(0) @binding(0) var<storage, read> x: array<Raw>;
@group(0) @binding(1) var<storage, read> index: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<Raw>;
@group(0) @binding(3) var<uniform> params: Params;

fn items() -> u32 { return params.total; }

fn item(at: u32) {
  let i = at % params.inner;
  let rest = at / params.inner;
  let chosen = index[select(at, rest % params.count, SHARED)];
  let source = (rest / params.count) * params.size + min(chosen, params.size - 1u);
  out[at] = x[source * params.inner + i];
}
