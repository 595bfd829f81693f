// Gᵀ s G of every pair of channels: s [16, O, C] → dw [O, C, 3, 3]. One thread per pair. Formula in
// lib/winograd.wgsl.
//: use lib/items.wgsl
struct Params { pairs: u32 }
@group(0) @binding(0) var<storage, read> s: array<f32>;
@group(0) @binding(1) var<storage, read_write> dw: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

fn row(at: u32) -> vec4f {
  let step = params.pairs;
  return vec4f(s[at], s[at + step], s[at + 2 * step], s[at + 3 * step]);
}

fn store(at: u32, r: vec4f) {
  let middle = 0.5 * (r.y + r.z);
  dw[at] = r.x + middle;
  dw[at + 1] = 0.5 * (r.y - r.z);
  dw[at + 2] = middle + r.w;
}

fn items() -> u32 { return params.pairs; }

fn item(at: u32) {
  let step = params.pairs;
  let s0 = row(at);
  let s1 = row(at + 4 * step);
  let s2 = row(at + 8 * step);
  let s3 = row(at + 12 * step);
  let middle = 0.5 * (s1 + s2);
  store(9 * at, s0 + middle);
  store(9 * at + 3, 0.5 * (s1 - s2));
  store(9 * at + 6, middle + s3);
}
