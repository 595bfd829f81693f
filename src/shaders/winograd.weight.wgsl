// G g Gᵀ of every pair of channels: w, by its strides, → u [16, O, C]. One thread per pair. Formula
// in lib/winograd.wgsl.
//: use lib/items.wgsl
struct Params {
  O: u32, C: u32,
  w_base: i32, w_out: i32, w_in: i32, w_y: i32, w_x: i32, // strides of the weights
}
@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read_write> u: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

fn row(at: i32) -> vec3f {
  return vec3f(w[at], w[at + params.w_x], w[at + 2 * params.w_x]);
}

fn store(at: u32, step: u32, g: vec3f) {
  let ends = 0.5 * (g.x + g.z);
  u[at] = g.x;
  u[at + step] = ends + 0.5 * g.y;
  u[at + 2 * step] = ends - 0.5 * g.y;
  u[at + 3 * step] = g.z;
}

fn items() -> u32 { return params.O * params.C; }

fn item(at: u32) {
  let step = params.O * params.C;
  let start = params.w_base + i32(at / params.C) * params.w_out + i32(at % params.C) * params.w_in;
  let g0 = row(start);
  let g1 = row(start + params.w_y);
  let g2 = row(start + 2 * params.w_y);
  let ends = 0.5 * (g0 + g2);
  store(at, step, g0);
  store(at + 4 * step, step, ends + 0.5 * g1);
  store(at + 8 * step, step, ends - 0.5 * g1);
  store(at + 12 * step, step, g2);
}
