// As winograd4.output_grad.wgsl, where rows are a multiple of four pixels: a tile's row is read at once.
//: use lib/winograd4.output_grad.wgsl
@group(0) @binding(0) var<storage, read> dy: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> planes: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

fn pixels(plane: i32, y: i32, x: i32, inside: bool) -> vec4f {
  return select(vec4f(), dy[(plane + y * params.W + x) / 4], inside & (y < params.H));
}
