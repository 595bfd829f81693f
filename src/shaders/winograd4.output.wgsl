// Aᵀ m A of every tile, and the bias: m [36, channels, tiles] → y [N, channels, H, W]. Formula in
// lib/winograd4.wgsl, layout in lib/winograd_place.wgsl.
//: use lib/winograd4.output.wgsl
@group(0) @binding(0) var<storage, read> m: array<f32>;
@group(0) @binding(1) var<storage, read> bias: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

fn write(row: i32, p: Place, r: vec4f, down: i32) {
  if (p.y + down >= params.H) { return; }
  let at = row + down * params.W + p.x;
  y[at] = r.x;
  if (p.x + 1 < params.W) { y[at + 1] = r.y; }
  if (p.x + 2 < params.W) { y[at + 2] = r.z; }
  if (p.x + 3 < params.W) { y[at + 3] = r.w; }
}
