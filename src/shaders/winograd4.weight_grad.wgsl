// Gᵀ s G of every pair of channels: s [36, O, C] → dw [O, C, 3, 3]. One thread per pair. Formula in
// lib/winograd4.wgsl.
//: use lib/items.wgsl
//: use lib/winograd4.wgsl
struct Params { pairs: u32 }
@group(0) @binding(0) var<storage, read> s: array<f32>;
@group(0) @binding(1) var<storage, read_write> dw: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

fn gathered(s: Six) -> vec3f {
  let even_a = (s[1] + s[2]) / 3;
  let odd_a = s[1] - s[2];
  let even_b = (s[3] + s[4]) / 6;
  let odd_b = s[3] - s[4];
  return vec3f(
    s[0] - 2 * even_a + even_b,
    (B / 6) * (odd_b - 2 * odd_a),
    2 * even_b - even_a + s[5],
  );
}

fn column(at: u32) -> vec3f {
  let step = 6 * params.pairs;
  return gathered(
    Six(s[at], s[at + step], s[at + 2 * step], s[at + 3 * step], s[at + 4 * step], s[at + 5 * step]),
  );
}

fn store(at: u32, r: vec3f) {
  dw[at] = r.x;
  dw[at + 1] = r.y;
  dw[at + 2] = r.z;
}

fn items() -> u32 { return params.pairs; }

fn item(at: u32) {
  let step = params.pairs;
  let c0 = column(at);
  let c1 = column(at + step);
  let c2 = column(at + 2 * step);
  let c3 = column(at + 3 * step);
  let c4 = column(at + 4 * step);
  let c5 = column(at + 5 * step);
  store(9 * at, gathered(Six(c0.x, c1.x, c2.x, c3.x, c4.x, c5.x)));
  store(9 * at + 3, gathered(Six(c0.y, c1.y, c2.y, c3.y, c4.y, c5.y)));
  store(9 * at + 6, gathered(Six(c0.z, c1.z, c2.z, c3.z, c4.z, c5.z)));
}
