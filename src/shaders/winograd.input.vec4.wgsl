// As winograd.input.wgsl, four neighbouring tiles per thread: rows are a multiple of eight pixels,
// with one pixel of padding.
//: use lib/winograd.wgsl
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> v: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

// One row of the four tiles, transformed along it: a column for each place in the tile.
fn row(plane: i32, y: i32, x0: i32) -> mat4x4f {
  let there = y >= 0 && y < params.H;
  let at = (plane + clamp(y, 0, params.H - 1) * params.W + x0) / 4;
  let a = select(vec4f(), x[at], there);
  let b = select(vec4f(), x[at + 1], there);
  let before = select(0f, x[max(at, 1) - 1].w, there && x0 > 0);
  let after = select(0f, x[at + 2].x, there && x0 + 8 < params.W);
  let e0 = vec4f(before, a.yw, b.y);
  let e1 = vec4f(a.xz, b.xz);
  let e2 = vec4f(a.yw, b.yw);
  let e3 = vec4f(a.z, b.xz, after);
  return mat4x4f(e0 - e2, e1 + e2, e2 - e1, e1 - e3);
}

fn store(at: u32, step: u32, d: mat4x4f) {
  v[at] = d[0];
  v[at + step] = d[1];
  v[at + 2 * step] = d[2];
  v[at + 3 * step] = d[3];
}

fn items() -> u32 { return params.channels * (params.tiles / 4); }

fn item(at: u32) {
  let fours = params.tiles / 4;
  let step = params.channels * fours;
  let p = place_of(at % fours * 4);
  let image = min(p.image, (params.all - 1) / params.across / params.down);
  let plane = i32(image * params.channels + at / fours) * params.H * params.W;
  let y0 = p.y - params.pad_y;
  let d0 = row(plane, y0, p.x);
  let d1 = row(plane, y0 + 1, p.x);
  let d2 = row(plane, y0 + 2, p.x);
  let d3 = row(plane, y0 + 3, p.x);
  store(at, step, d0 - d2);
  store(at + 4 * step, step, d1 + d2);
  store(at + 8 * step, step, d2 - d1);
  store(at + 12 * step, step, d1 - d3);
}
