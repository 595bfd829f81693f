// G g Gᵀ of every pair of channels: w, by its strides, → u [36, O, C]. One thread per pair. Formula in
// lib/winograd4.wgsl.
//: use lib/items.wgsl
//: use lib/winograd4.wgsl
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

// Row i of G from the three rows of g.
fn store(at: u32, g: vec3f) {
  let step = params.O * params.C;
  let even_a = (2 * g.x + g.z) / -3;
  let odd_a = (B / -3) * g.y;
  let even_b = (g.x + 2 * g.z) / 6;
  let odd_b = (B / 6) * g.y;
  u[at] = g.x;
  u[at + step] = even_a + odd_a;
  u[at + 2 * step] = even_a - odd_a;
  u[at + 3 * step] = even_b + odd_b;
  u[at + 4 * step] = even_b - odd_b;
  u[at + 5 * step] = g.z;
}

fn items() -> u32 { return params.O * params.C; }

fn item(at: u32) {
  let step = 6 * params.O * params.C;
  let start = params.w_base + i32(at / params.C) * params.w_out + i32(at % params.C) * params.w_in;
  let g0 = row(start);
  let g1 = row(start + params.w_y);
  let g2 = row(start + 2 * params.w_y);
  let even_a = (2 * g0 + g2) / -3;
  let odd_a = (B / -3) * g1;
  let even_b = (g0 + 2 * g2) / 6;
  let odd_b = (B / 6) * g1;
  store(at, g0);
  store(at + step, even_a + odd_a);
  store(at + 2 * step, even_a - odd_a);
  store(at + 3 * step, even_b + odd_b);
  store(at + 4 * step, even_b - odd_b);
  store(at + 5 * step, g2);
}
