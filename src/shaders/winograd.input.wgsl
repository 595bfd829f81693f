// Bᵀ d B of every tile: x [N, channels, H, W] → v [16, channels, tiles]. One thread per tile and
// channel. Formula and layout in lib/winograd.wgsl.
//: use lib/winograd.wgsl
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> v: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

fn pixel(at: i32, inside: bool) -> f32 { return select(0f, x[u32(at)], inside); }

fn across(d: vec4f) -> vec4f {
  return vec4f(d.x - d.z, d.y + d.z, d.z - d.y, d.y - d.w);
}

// Four pixels of a row, transformed along it.
fn row(plane: i32, y: i32, x0: i32, inside: bool) -> vec4f {
  let at = plane + y * params.W + x0;
  // & and not &&: each && is a branch, and SwiftShader compiles a loop over many of them for minutes.
  let there = inside & (y >= 0) & (y < params.H);
  let xs = x0 + vec4i(0, 1, 2, 3);
  let seen = (xs >= vec4i(0)) & (xs < vec4i(params.W)) & vec4<bool>(there);
  return across(vec4f(
    pixel(at, seen.x), pixel(at + 1, seen.y), pixel(at + 2, seen.z), pixel(at + 3, seen.w),
  ));
}

fn store(at: u32, d: vec4f) {
  let step = params.channels * params.tiles;
  v[at] = d.x;
  v[at + step] = d.y;
  v[at + 2 * step] = d.z;
  v[at + 3 * step] = d.w;
}

fn items() -> u32 { return params.channels * params.tiles; }

fn item(at: u32) {
  let step = params.channels * params.tiles;
  let p = place_of(at % params.tiles);
  let plane = i32(p.image * params.channels + at / params.tiles) * params.H * params.W;
  let y0 = p.y - params.pad_y;
  let x0 = p.x - params.pad_x;
  let d0 = row(plane, y0, x0, p.inside);
  let d1 = row(plane, y0 + 1, x0, p.inside);
  let d2 = row(plane, y0 + 2, x0, p.inside);
  let d3 = row(plane, y0 + 3, x0, p.inside);
  store(at, d0 - d2);
  store(at + 4 * step, d1 + d2);
  store(at + 8 * step, d2 - d1);
  store(at + 12 * step, d1 - d3);
}
