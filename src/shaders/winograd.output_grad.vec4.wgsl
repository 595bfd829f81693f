// As winograd.output_grad.wgsl, four neighbouring tiles per thread: rows are a multiple of eight
// pixels.
//: use lib/winograd.wgsl
@group(0) @binding(0) var<storage, read> dy: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> z: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

fn row(plane: i32, y: i32, x: i32, inside: bool) -> mat4x4f {
  let at = (plane + y * params.W + x) / 4;
  let there = inside && y < params.H;
  let a = select(vec4f(), dy[at], there);
  let b = select(vec4f(), dy[at + 1], there);
  let left = vec4f(a.xz, b.xz);
  let right = vec4f(a.yw, b.yw);
  return mat4x4f(left, left + right, left - right, -right);
}

fn store(at: u32, step: u32, d: mat4x4f) {
  z[at] = d[0];
  z[at + step] = d[1];
  z[at + 2 * step] = d[2];
  z[at + 3 * step] = d[3];
}

fn items() -> u32 { return params.channels * (params.tiles / 4); }

fn item(at: u32) {
  let fours = params.tiles / 4;
  let step = params.channels * fours;
  let p = place_of(at % fours * 4);
  let plane = i32(p.image * params.channels + at / fours) * params.H * params.W;
  let d0 = row(plane, p.y, p.x, p.inside);
  let d1 = row(plane, p.y + 1, p.x, p.inside);
  store(at, step, d0);
  store(at + 4 * step, step, d0 + d1);
  store(at + 8 * step, step, d0 - d1);
  store(at + 12 * step, step, -1 * d1);
}
