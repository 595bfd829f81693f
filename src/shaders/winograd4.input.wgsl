// Bᵀ d B of every tile: x [N, channels, H, W] → planes [36, channels, tiles]. Formula in lib/winograd4.wgsl,
// layout in lib/winograd_place.wgsl.
//: use lib/winograd4.input.wgsl
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> planes: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

// & and not &&: each && is a branch, and SwiftShader compiles a loop over many of them for minutes.
fn pixel(row: i32, x0: i32, there: bool) -> f32 {
  return select(0f, x[u32(row + x0)], there & (x0 >= 0) & (x0 < params.W));
}

fn pixels(plane: i32, y: i32, x0: i32, inside: bool) -> Six {
  let row = plane + y * params.W;
  let there = inside & (y >= 0) & (y < params.H);
  return Six(
    pixel(row, x0, there), pixel(row, x0 + 1, there), pixel(row, x0 + 2, there),
    pixel(row, x0 + 3, there), pixel(row, x0 + 4, there), pixel(row, x0 + 5, there),
  );
}
