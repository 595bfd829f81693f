// y = x: what the adapter moves at best.
//: use lib/items.wgsl
struct Params {
  vectors: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

fn items() -> u32 { return params.vectors; }

fn item(i: u32) {
  y[i] = x[i];
}
