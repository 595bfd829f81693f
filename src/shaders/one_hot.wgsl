// out[i, c] = 1 where c = ids[i], 0 elsewhere.
//: use lib/items.wgsl
struct Params {
  total: u32,
  depth: u32,
}
@group(0) @binding(0) var<storage, read> ids: array<u32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

fn items() -> u32 { return params.total; }

fn item(at: u32) {
  out[at] = select(0.0, 1.0, ids[at / params.depth] == at % params.depth);
}
