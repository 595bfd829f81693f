// As winograd.output.wgsl, four neighbouring tiles per thread: rows are a multiple of eight pixels.
//: use lib/winograd.wgsl
@group(0) @binding(0) var<storage, read> m: array<vec4f>;
@group(0) @binding(1) var<storage, read> bias: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

fn row(at: u32, step: u32) -> mat4x4f {
  return mat4x4f(m[at], m[at + step], m[at + 2 * step], m[at + 3 * step]);
}

// Eight pixels: the left and the right one of each tile in turn.
fn store(at: i32, r: mat4x4f, add: f32) {
  let left = r[0] + r[1] + r[2] + add;
  let right = r[1] - r[2] - r[3] + add;
  y[at] = vec4f(left.x, right.x, left.y, right.y);
  y[at + 1] = vec4f(left.z, right.z, left.w, right.w);
}

fn items() -> u32 { return params.channels * (params.tiles / 4); }

fn item(at: u32) {
  let fours = params.tiles / 4;
  let step = params.channels * fours;
  let p = place_of(at % fours * 4);
  if (!p.inside) { return; }
  let channel = at / fours;
  let m0 = row(at, step);
  let m1 = row(at + 4 * step, step);
  let m2 = row(at + 8 * step, step);
  let m3 = row(at + 12 * step, step);
  let add = select(0f, bias[channel], params.has_bias != 0);
  let to = ((i32(p.image * params.channels + channel) * params.H + p.y) * params.W + p.x) / 4;
  store(to, m0 + m1 + m2, add);
  if (p.y + 1 < params.H) { store(to + params.W / 4, m1 - m2 - m3, add); }
}
