// A dy Aᵀ of every tile: dy [N, channels, H, W] → planes [36, channels, tiles]. Formula in lib/winograd4.wgsl,
// layout in lib/winograd_place.wgsl.
//: use lib/winograd4.output_grad.wgsl
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> planes: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

fn pixel(at: i32, there: bool) -> f32 { return select(0f, dy[u32(at)], there); }

fn pixels(plane: i32, y: i32, x: i32, inside: bool) -> vec4f {
  let at = plane + y * params.W + x;
  let there = inside & (y < params.H);
  let left = params.W - x;
  return vec4f(
    pixel(at, there),
    pixel(at + 1, there & (left > 1)),
    pixel(at + 2, there & (left > 2)),
    pixel(at + 3, there & (left > 3)),
  );
}
