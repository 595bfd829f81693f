// Aᵀ m A of every tile, and the bias: m [16, channels, tiles] → y [N, channels, H, W]. One thread
// per tile and channel. Formula and layout in lib/winograd.wgsl.
//: use lib/winograd.wgsl
@group(0) @binding(0) var<storage, read> m: array<f32>;
@group(0) @binding(1) var<storage, read> bias: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

fn row(at: u32, step: u32) -> vec4f {
  return vec4f(m[at], m[at + step], m[at + 2 * step], m[at + 3 * step]);
}

fn store(at: i32, right: bool, r: vec4f, add: f32) {
  y[at] = r.x + r.y + r.z + add;
  if (right) { y[at + 1] = r.y - r.z - r.w + add; }
}

fn items() -> u32 { return params.channels * params.tiles; }

fn item(at: u32) {
  let step = params.channels * params.tiles;
  let p = place_of(at % params.tiles);
  if (!p.inside) { return; }
  let channel = at / params.tiles;
  let m0 = row(at, step);
  let m1 = row(at + 4 * step, step);
  let m2 = row(at + 8 * step, step);
  let m3 = row(at + 12 * step, step);
  let add = select(0f, bias[channel], params.has_bias != 0);
  let to = (i32(p.image * params.channels + channel) * params.H + p.y) * params.W + p.x;
  let right = p.x + 1 < params.W;
  store(to, right, m0 + m1 + m2, add);
  if (p.y + 1 < params.H) { store(to + params.W, right, m1 - m2 - m3, add); }
}
