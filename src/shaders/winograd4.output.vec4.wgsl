// As winograd4.output.wgsl, where rows are a multiple of four pixels: a tile's row is written at once.
//: use lib/winograd4.output.wgsl
@group(0) @binding(0) var<storage, read> m: array<f32>;
@group(0) @binding(1) var<storage, read> bias: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

fn write(row: i32, p: Place, r: vec4f, down: i32) {
  if (p.y + down < params.H) { y[(row + down * params.W + p.x) / 4] = r; }
}
