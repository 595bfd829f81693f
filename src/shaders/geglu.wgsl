// y = h * gelu(g) for x = [h, g] along the last axis, four elements per thread.
//: use lib/store.wgsl
//: use lib/items.wgsl
//: use lib/special.wgsl
struct Params {
  rows: u32,
  // Vectors in a row of y: half of those in a row of x.
  half: u32,
}
@group(0) @binding(0) var<storage, read> x: array<Store4>;
@group(0) @binding(1) var<storage, read_write> out: array<Store4>;
@group(0) @binding(2) var<uniform> params: Params;

fn items() -> u32 { return params.rows * params.half; }

fn item(i: u32) {
  let at = i + (i / params.half) * params.half;
  let g = vec4f(x[at + params.half]);
  out[i] = Store4(vec4f(x[at]) * g * normal_cdf(g));
}
