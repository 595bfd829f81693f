// out = min(max(x, low), high), four elements per thread; NaN stays NaN.
//: use lib/store.wgsl
//: use lib/items.wgsl
struct Params {
  vectors: u32,
  low: f32,
  high: f32,
}
@group(0) @binding(0) var<storage, read> x: array<Store4>;
@group(0) @binding(1) var<storage, read_write> out: array<Store4>;
@group(0) @binding(2) var<uniform> params: Params;

fn items() -> u32 { return params.vectors; }

fn item(i: u32) {
  let value = vec4f(x[i]);
  // By its bits: a compiler may assume that there is no NaN.
  let is_nan = (bitcast<vec4u>(value) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u);
  let held = clamp(value, vec4f(params.low), vec4f(params.high));
  out[i] = Store4(select(held, value, is_nan));
}
