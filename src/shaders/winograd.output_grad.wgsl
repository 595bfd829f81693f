// A dy Aᵀ of every tile, 0 past the picture's edge: dy [N, channels, H, W] → z [16, channels, tiles].
// One thread per tile and channel. Formula and layout in lib/winograd.wgsl.
//: use lib/winograd.wgsl
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> z: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

fn row(plane: i32, y: i32, x: i32, inside: bool) -> vec4f {
  let at = plane + y * params.W + x;
  let there = inside && y < params.H;
  let left = select(0f, dy[u32(at)], there);
  let right = select(0f, dy[u32(at + 1)], there && x + 1 < params.W);
  return vec4f(left, left + right, left - right, -right);
}

fn store(at: u32, d: vec4f) {
  let step = params.channels * params.tiles;
  z[at] = d.x;
  z[at + step] = d.y;
  z[at + 2 * step] = d.z;
  z[at + 3 * step] = d.w;
}

fn items() -> u32 { return params.channels * params.tiles; }

fn item(at: u32) {
  let step = params.channels * params.tiles;
  let p = place_of(at % params.tiles);
  let plane = i32(p.image * params.channels + at / params.tiles) * params.H * params.W;
  let d0 = row(plane, p.y, p.x, p.inside);
  let d1 = row(plane, p.y + 1, p.x, p.inside);
  store(at, d0);
  store(at + 4 * step, d0 + d1);
  store(at + 8 * step, d0 - d1);
  store(at + 12 * step, -d1);
}
